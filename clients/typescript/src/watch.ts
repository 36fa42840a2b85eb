import { failureOf, lostConnection } from "./answers.js";
import { type Failure, isPassing, Refusal, ResyncError, ThalwegError } from "./errors.js";
import { open } from "./exchange.js";
import type { Kind, Method } from "./method.js";
import { checkIdleTimeout, type Settings, type WatchOptions } from "./options.js";
import { httpRequest, type HttpRequest } from "./request.js";
import { pauseMs } from "./retries.js";
import { Scope } from "./scope.js";
import { EventParser, type ServerSentEvent } from "./sse.js";

/**
 * A watch: the events from a position on, and then as they happen, over as many connections as it
 * takes. It pulls: what the loop has not asked for waits in the connection, and then at the server.
 */
export class Watch {
  private position: string | undefined;
  private retryMs: number | undefined;
  private failed = 0;
  private attempts = 0;
  private readonly idleTimeoutMs: number;

  /** @throws RangeError for an option out of its bounds */
  constructor(
    private readonly settings: Settings,
    private readonly name: string,
    private readonly method: Method<Kind, never, unknown>,
    private readonly options: WatchOptions,
  ) {
    this.idleTimeoutMs = options.idleTimeoutMs ?? settings.idleTimeoutMs;
    checkIdleTimeout(this.idleTimeoutMs);
  }

  /** @throws ThalwegError that asking again would not mend; ResyncError */
  async *events(request: object): AsyncGenerator<unknown, void, void> {
    const whole = new Scope(this.options.signal);
    try {
      const http = this.prepare(request);
      while (!whole.signal.aborted) {
        const failure = yield* this.connection(http, whole);
        if (whole.signal.aborted) return;
        if (!isPassing(failure)) throw this.errorOf(failure);
        const retryMs = this.pause(failure);
        this.options.onLost?.({ reason: failure.reason, retryMs });
        await whole.pause(retryMs);
        if (!whole.signal.aborted) {
          this.settings.listener.resumed?.({ method: this.name, position: this.position });
        }
      }
    } finally {
      whole.end();
    }
  }

  private prepare(request: object): HttpRequest {
    try {
      return httpRequest(this.method, request);
    } catch (e) {
      throw e instanceof Refusal ? this.errorOf(e.failure) : e;
    }
  }

  /** The events of one connection; how it ended. */
  private async *connection(http: HttpRequest, whole: Scope): AsyncGenerator<unknown, Failure, void> {
    const scope = new Scope(whole.signal, this.idleTimeoutMs);
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    // The one place where a watch goes on; wins over the request's field.
    if (this.position !== undefined) headers["Last-Event-ID"] = this.position;
    try {
      const exchange = { settings: this.settings, request: http, headers };
      const response = await open(exchange, scope, () => this.attempts++);
      if (!response.headers.get("content-type")?.startsWith("text/event-stream") || !response.body) {
        return { code: "INTERNAL", reason: "the answer is no stream of events; is this the address of a node?" };
      }
      this.options.onOpen?.({ position: this.position });
      for await (const event of this.read(response.body, scope)) {
        if (event.type === "error") return failureOf(0, event.data ?? "");
        if (event.id !== undefined) this.position = event.id;
        if (event.data === undefined) continue;
        this.failed = 0;
        yield itemOf(event.data);
      }
      return { code: "UNAVAILABLE", reason: "the server ended the stream" };
    } catch (e) {
      if (scope.timedOut) {
        return { code: "UNAVAILABLE", reason: `nothing was heard for ${this.idleTimeoutMs} ms` };
      }
      if (e instanceof Refusal) return e.failure;
      throw e;
    } finally {
      scope.end();
    }
  }

  private async *read(body: ReadableStream<Uint8Array>, scope: Scope): AsyncGenerator<ServerSentEvent> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    const parser = new EventParser();
    let pieces = 0;
    try {
      for (;;) {
        // Only while it waits for the server: a slow loop is no fault of the connection.
        scope.within(this.idleTimeoutMs);
        const { done, value } = await scope.race(reader.read()).catch((e: unknown) => {
          throw lostConnection(e);
        });
        scope.within(undefined);
        if (done) return;
        // A server that greets and leaves is not there yet.
        if (++pieces > 1) this.failed = 0;
        for (const event of parser.push(decoder.decode(value, { stream: true }))) {
          this.retryMs = parser.retryMs ?? this.retryMs;
          yield event;
        }
        this.retryMs = parser.retryMs ?? this.retryMs;
      }
    } finally {
      reader.cancel().catch(() => undefined);
    }
  }

  /** Spread, so that the watchers of a server that was away do not come back all at once. */
  private pause(failure: Failure): number {
    this.failed++;
    if (this.failed === 1 && failure.retryDelayMs === undefined && this.retryMs !== undefined) {
      return Math.random() * Math.min(this.retryMs, this.settings.retries.maxPauseMs);
    }
    return pauseMs(this.settings.retries, this.failed, failure.retryDelayMs);
  }

  private errorOf(failure: Failure): ThalwegError {
    const call = { method: this.name, attempts: this.attempts };
    const resync = failure.code === "OUT_OF_RANGE" && failure.reason.startsWith("resync");
    return resync ? new ResyncError(failure, call) : new ThalwegError(failure, call);
  }
}

function itemOf(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch (e) {
    throw new Refusal({ code: "INTERNAL", reason: "an event is not JSON", cause: e });
  }
}
