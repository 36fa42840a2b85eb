import {
  type Failure,
  isPassing,
  leavesOutcomeOpen,
  Refusal,
  refusedForNow,
  ThalwegError,
} from "./errors.js";
import { type Exchange, exchangeOnce } from "./exchange.js";
import type { Kind, Method } from "./method.js";
import { checkName, type Drawn, type Names } from "./names.js";
import { type CallOptions, checkHedging, checkSession, checkTimeout, type Hedging, type Settings } from "./options.js";
import { httpRequest } from "./request.js";
import { pauseMs, type RetryBudget } from "./retries.js";
import { Scope } from "./scope.js";

/** One call of a method that gives one answer, with all of its attempts. */
export class Call {
  private attempts = 0;
  private outcomeOpen = false;
  private requestName: string | undefined;
  private drawn: Drawn | undefined;
  private readonly scope: Scope;
  private readonly startMs = performance.now();
  private readonly timeoutMs: number;
  private readonly hedging: Hedging | undefined;

  /** @throws RangeError for an option out of its bounds */
  constructor(
    private readonly settings: Settings,
    private readonly budget: RetryBudget,
    private readonly names: Names,
    private readonly name: string,
    private readonly method: Method<Kind, never, unknown>,
    private readonly options: CallOptions,
  ) {
    this.timeoutMs = options.timeoutMs ?? settings.timeoutMs;
    checkTimeout(this.timeoutMs);
    const hedging = options.hedging ?? settings.hedging;
    if (hedging) checkHedging(hedging);
    this.hedging = hedging && method.kind === "read" ? hedging : undefined;
    if (options.requestName !== undefined) {
      if (method.kind !== "named") throw new RangeError(`requestName: ${name} takes none`);
      checkName(options.requestName);
    }
    if (options.session !== undefined) {
      if (method.kind !== "read") throw new RangeError(`session: ${name} is no read`);
      checkSession(options.session);
    }
    this.scope = new Scope(options.signal, this.timeoutMs);
  }

  /** @throws ThalwegError */
  async run(request: object): Promise<object> {
    const { listener } = this.settings;
    let code = "OK";
    try {
      const answer = await this.attemptAll(request);
      this.drawn?.ended(true);
      return answer;
    } catch (e) {
      const error = this.errorOf(e);
      code = error.code;
      this.drawn?.ended(!this.outcomeOpen);
      throw error;
    } finally {
      this.scope.end();
      const durationMs = performance.now() - this.startMs;
      listener.ended?.({ method: this.name, code, attempts: this.attempts, durationMs });
    }
  }

  private async attemptAll(request: object): Promise<object> {
    const http = httpRequest(this.method, request);
    const headers: Record<string, string> = {};
    if (this.method.kind === "named") {
      const given = this.options.requestName;
      this.drawn = given === undefined ? await this.names.draw(this.timeoutMs) : undefined;
      this.requestName = given ?? this.drawn?.text;
      headers["Idempotency-Key"] = this.requestName ?? "";
    }
    if (this.options.session !== undefined) headers["Thalweg-Session"] = this.options.session;
    const exchange = { settings: this.settings, request: http, headers };
    this.budget.requested();
    for (let failed = 0; ; ) {
      try {
        return await (this.hedging ? this.hedged(exchange, this.hedging) : this.attempt(exchange, this.scope));
      } catch (e) {
        if (this.scope.signal.aborted || !(e instanceof Refusal)) throw e;
        failed++;
        const pause = pauseMs(this.settings.retries, failed, e.failure.retryDelayMs);
        if (!this.mayRepeat(e.failure, failed, pause)) throw e;
        await this.scope.pause(pause);
        if (this.scope.signal.aborted) throw e;
        this.settings.listener.repeated?.({ method: this.name, why: "retry" });
      }
    }
  }

  private mayRepeat(failure: Failure, failed: number, pause: number): boolean {
    const allowed = this.method.kind === "once" ? refusedForNow(failure) : isPassing(failure);
    const leftMs = this.startMs + this.timeoutMs - performance.now();
    // A pause beyond the deadline would only keep the caller from knowing.
    return allowed && failed < this.settings.retries.maxAttempts && pause < leftMs && this.take();
  }

  private take(): boolean {
    const taken = this.budget.take();
    if (!taken) this.settings.listener.overBudget?.({ method: this.name });
    return taken;
  }

  private async attempt(exchange: Exchange, scope: Scope): Promise<object> {
    let sent = false;
    try {
      return await exchangeOnce(exchange, scope, () => {
        if (!sent) this.attempts++;
        sent = true;
      });
    } catch (e) {
      if (sent && (!(e instanceof Refusal) || leavesOutcomeOpen(e.failure))) this.outcomeOpen = true;
      throw e;
    }
  }

  /** The first of two answers; the failure of the first attempt if both fail. */
  private async hedged(exchange: Exchange, hedging: Hedging): Promise<object> {
    const scopes = [new Scope(this.scope.signal), new Scope(this.scope.signal)] as const;
    try {
      const first = this.attempt(exchange, scopes[0]);
      const settled = first.then(
        () => true,
        () => true,
      );
      const late = scopes[1].pause(hedging.afterMs).then(() => false);
      if ((await Promise.race([settled, late])) || this.scope.signal.aborted || !this.take()) return await first;
      this.settings.listener.repeated?.({ method: this.name, why: "hedge" });
      const second = this.attempt(exchange, scopes[1]);
      return await Promise.any([first, second]).catch(() => first);
    } finally {
      scopes.forEach((scope) => scope.end());
    }
  }

  private errorOf(thrown: unknown): ThalwegError {
    const call = {
      method: this.name,
      requestName: this.requestName,
      attempts: this.attempts,
      outcomeUnknown: false,
    };
    const last = thrown instanceof Refusal ? thrown.failure : undefined;
    const stopped = this.scope.signal.aborted;
    if (!stopped && !last) {
      return new ThalwegError({ code: "INTERNAL", reason: String(thrown), cause: thrown }, call);
    }
    const failure: Failure = !stopped && last ? last : this.stopped(last);
    // A refusal for now says nothing about the attempts before it.
    const open = leavesOutcomeOpen(failure) || refusedForNow(failure) || failure.code === "UNAUTHENTICATED";
    call.outcomeUnknown = this.method.kind !== "read" && this.outcomeOpen && open;
    return new ThalwegError(failure, call);
  }

  private stopped(last: Failure | undefined): Failure {
    if (!this.scope.timedOut) {
      return { code: "CANCELLED", reason: "the call was aborted", cause: this.options.signal?.reason };
    }
    const why = last?.status ? `; last: ${last.code}: ${last.reason}` : "";
    return { code: "DEADLINE_EXCEEDED", reason: `no answer within ${this.timeoutMs} ms${why}` };
  }
}
