import { asked, refusal } from "./session.ts";

/** A request of the node's operations has failed: its own words, and the code of HTTP. */
export class OperationError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What an operation of the node answers; `path` is what follows `/v1/operations/`. */
export async function operation<T>(path: string, init?: RequestInit): Promise<T> {
  return answered<T>(`/v1/operations/${path}`, init);
}

/** What a method answers that is called as `curl` calls it: without a request name, so nothing else is in the log. */
export async function posted<T>(path: string, body: unknown, signal: AbortSignal): Promise<T> {
  return answered<T>(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" }, signal });
}

async function answered<T>(path: string, init?: RequestInit): Promise<T> {
  const answer = await asked(path, init);
  if (!answer.ok) throw new OperationError(answer.status, await refusal(answer));
  return (await answer.json()) as T;
}
