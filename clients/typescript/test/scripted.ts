import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** A request as the server got it. */
export interface Asked {
  readonly verb: string;
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Answer = (response: ServerResponse, asked: Asked) => void;

/** A real HTTP server that answers as a test says: the n-th request by the n-th answer, then by the last. */
export class Scripted {
  readonly asked: Asked[] = [];
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(...answers: readonly Answer[]): Promise<Scripted> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const asked = {
          verb: request.method ?? "",
          target: request.url ?? "",
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        };
        scripted.asked.push(asked);
        answers[Math.min(scripted.asked.length, answers.length) - 1]?.(response, asked);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const scripted = new Scripted(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return scripted;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close").catch(() => undefined);
  }
}

/** Answers with a JSON object. */
export const ok =
  (answer: object, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(answer));
  };

/** Refuses as the gateway does. */
export const refuse =
  (http: number, status: string, details: readonly object[] = [], headers: Record<string, string> = {}): Answer =>
  (response) => {
    const error = { code: http, status, message: `it is ${status}`, details };
    response.writeHead(http, { "content-type": "application/json", ...headers }).end(JSON.stringify({ error }));
  };

export const retryInfo = (delay: string): object => ({
  "@type": "type.googleapis.com/google.rpc.RetryInfo",
  retryDelay: delay,
});

/** Takes the request and closes the connection without an answer. */
export const lose: Answer = (response) => void response.socket?.destroy();

/** Takes the request and says nothing. */
export const silence: Answer = () => undefined;

/** Begins a stream of events and writes this much of it; `end`: and ends it. */
export const stream =
  (text: string, end = true): Answer =>
  (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(text);
    if (end) response.end();
  };
