import { failureOf, lostConnection } from "./answers.js";
import { Refusal } from "./errors.js";
import type { Settings } from "./options.js";
import type { HttpRequest } from "./request.js";
import type { Scope } from "./scope.js";

const positions = new WeakMap<object, string>();

/**
 * How far the state was that an answer saw: a watch that begins after it misses and repeats nothing.
 * Undefined for what is no answer of a client.
 */
export function positionOf(answer: object): string | undefined {
  return positions.get(answer);
}

const lags = new WeakMap<object, number>();

/**
 * By how many events an answer may be behind that a node which follows gave to a session read: what its
 * leader was ahead when it was heard last. Undefined where the leader has answered.
 */
export function lagOf(answer: object): number | undefined {
  return lags.get(answer);
}

/** What the attempts of one call share. */
export interface Exchange {
  readonly settings: Settings;
  readonly request: HttpRequest;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends a request once; the answer's headers are there. @throws Refusal */
export async function open(exchange: Exchange, scope: Scope, sent: () => void): Promise<Response> {
  let response = await send(exchange, scope, false, sent);
  if (response.status === 401 && typeof exchange.settings.credentials === "function") {
    // Refused before it was looked at, so sending it again cannot execute it twice.
    await response.body?.cancel();
    response = await send(exchange, scope, true, sent);
  }
  if (response.ok) return response;
  const body = await scope.race(response.text()).catch((e: unknown) => {
    throw lostConnection(e);
  });
  throw new Refusal(failureOf(response.status, body, response.headers));
}

/** Sends a request once and takes its whole answer. @throws Refusal */
export async function exchangeOnce(exchange: Exchange, scope: Scope, sent: () => void): Promise<object> {
  const response = await open(exchange, scope, sent);
  let text: string;
  try {
    text = await scope.race(response.text());
  } catch (e) {
    throw lostConnection(e);
  }
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = undefined;
  }
  if (typeof answer !== "object" || answer === null) {
    throw new Refusal({
      code: "INTERNAL",
      reason: "the answer is not a JSON object; is this the address of a node?",
      status: response.status,
    });
  }
  const position = response.headers.get("thalweg-position");
  if (position) positions.set(answer, position);
  const lag = response.headers.get("thalweg-lag");
  if (lag !== null && /^\d+$/.test(lag)) lags.set(answer, Number(lag));
  return answer;
}

async function send(
  { settings, request, headers }: Exchange,
  scope: Scope,
  refused: boolean,
  sent: () => void,
): Promise<Response> {
  const credential = await credentialOf(settings, scope, refused);
  if (scope.signal.aborted) throw lostConnection(new Error("told to end"));
  sent();
  try {
    return await settings.fetch(settings.base + request.target, {
      method: request.verb,
      headers: {
        ...settings.headers,
        ...headers,
        ...(credential ? { Authorization: `Bearer ${credential}` } : {}),
        ...(request.body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      body: request.body ?? null,
      // A redirect would turn a command into a read.
      redirect: "error",
      cache: "no-store",
      signal: scope.signal,
    });
  } catch (e) {
    throw lostConnection(e);
  }
}

async function credentialOf(settings: Settings, scope: Scope, refused: boolean): Promise<string | undefined> {
  const { credentials } = settings;
  if (typeof credentials !== "function") return credentials;
  try {
    return await scope.race(Promise.resolve(credentials({ refused })));
  } catch (e) {
    throw new Refusal({
      code: scope.signal.aborted ? "UNAVAILABLE" : "UNAUTHENTICATED",
      reason: `credentials could not be had: ${(e as Error | undefined)?.message ?? String(e)}`,
      cause: e,
    });
  }
}
