import { checkBounds, type Retries, retriesOf } from "./retries.js";

/** What proves who asks. */
export type Credentials =
  /** An API key or a token. */
  | string
  /**
   * Gives one before each request. `refused` is true if the server has just refused the one before:
   * what was kept should be had anew.
   */
  | ((asked: { readonly refused: boolean }) => string | Promise<string>);

/** Whether a read that takes long is sent a second time: the first answer wins. */
export interface Hedging {
  /** How long it takes until then, in milliseconds; 1 to 600,000. */
  readonly afterMs: number;
}

/** Hears what a client does, for metrics. */
export interface Listener {
  /** A request has its answer (`OK`) or its failure. `durationMs` is with all attempts and pauses. */
  ended?(call: { method: string; code: string; attempts: number; durationMs: number }): void;
  /** A request is about to be sent again, or a read a second time. */
  repeated?(call: { method: string; why: "retry" | "hedge" }): void;
  /** A retry or hedge was not made since the budget was used up. */
  overBudget?(call: { method: string }): void;
  /** A watch was cut and comes back from where it was. */
  resumed?(call: { method: string; position: string | undefined }): void;
}

/** What a client is made with. */
export interface ClientOptions {
  /** Where the node listens: `http://127.0.0.1:8080`. A path in it goes before all others. */
  readonly url: string;
  readonly credentials?: Credentials | undefined;
  /** The project to act in; for operators, whose key is of the project `default`. */
  readonly project?: string | undefined;
  /** Until an answer is there, all attempts included; 1 to 3,600,000 ms; default 10,000. */
  readonly timeoutMs?: number | undefined;
  readonly retries?: Partial<Retries> | undefined;
  /** Of reads; off unless it is given. */
  readonly hedging?: Hedging | undefined;
  /** Calls at the same time, beyond which a call fails with RESOURCE_EXHAUSTED; 1 to 100,000; default 1,000. */
  readonly maxInFlight?: number | undefined;
  /** A watch that hears nothing for so long comes back by a new connection; 1,000 to 3,600,000 ms; default 45,000. */
  readonly idleTimeoutMs?: number | undefined;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** In the place of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  readonly listener?: Listener | undefined;
}

/** What one call may have of its own. */
export interface CallOptions {
  /** Ends the call: it fails with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /**
   * Name of a command that the application keeps itself, so that it is executed once even if the
   * application starts again; 1 to 128 printable ASCII characters. Without it the client draws one.
   */
  readonly requestName?: string | undefined;
  /** Of a read; `false`: not. */
  readonly hedging?: Hedging | false | undefined;
  /**
   * Of a read: a position that was met (`positionOf` an earlier answer), or `"0"`, which any state will do
   * for. Whichever node of a cluster is asked may answer a point query once it has seen what that position
   * has; without it an answer has seen everything.
   */
  readonly session?: string | undefined;
}

/** What one watch may have of its own. */
export interface WatchOptions {
  /** Ends the watch: the loop over it ends. */
  readonly signal?: AbortSignal | undefined;
  readonly idleTimeoutMs?: number | undefined;
  /** The connection is there (again). `position`: where it goes on; undefined for "from now". */
  readonly onOpen?: ((state: { readonly position: string | undefined }) => void) | undefined;
  /** The connection is lost, and is tried again after so long. */
  readonly onLost?: ((state: { readonly reason: string; readonly retryMs: number }) => void) | undefined;
}

/** The options with defaults, checked. */
export interface Settings {
  readonly base: string;
  readonly credentials: Credentials | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly retries: Retries;
  readonly hedging: Hedging | undefined;
  readonly maxInFlight: number;
  readonly idleTimeoutMs: number;
  readonly fetch: typeof fetch;
  readonly listener: Listener;
}

/** @throws RangeError or TypeError naming the option and its bounds */
export function settingsOf(options: ClientOptions): Settings {
  const url = new URL(options.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`url must begin with http:// or https://; got '${options.url}'`);
  }
  if (url.search || url.hash || url.username) {
    throw new TypeError("url must have no user, query or fragment");
  }
  const timeoutMs = options.timeoutMs ?? 10_000;
  const maxInFlight = options.maxInFlight ?? 1_000;
  const idleTimeoutMs = options.idleTimeoutMs ?? 45_000;
  checkTimeout(timeoutMs);
  checkBounds("maxInFlight", maxInFlight, 1, 100_000);
  checkIdleTimeout(idleTimeoutMs);
  if (options.hedging) checkHedging(options.hedging);
  return {
    base: url.origin + url.pathname.replace(/\/+$/, ""),
    credentials: options.credentials,
    headers: { ...options.headers, ...(options.project ? { "Thalweg-Project": options.project } : {}) },
    timeoutMs,
    retries: retriesOf(options.retries),
    hedging: options.hedging,
    maxInFlight,
    idleTimeoutMs,
    // Called as a method of anything else, a browser's fetch refuses.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    listener: options.listener ?? {},
  };
}

export const checkSession = (position: string): void => {
  if (!/^[0-9-]{1,64}$/.test(position)) {
    throw new RangeError(`session must be a position that an answer had, or 0; got '${position}'`);
  }
};
export const checkTimeout = (ms: number): void => checkBounds("timeoutMs", ms, 1, 3_600_000);
export const checkIdleTimeout = (ms: number): void => checkBounds("idleTimeoutMs", ms, 1_000, 3_600_000);
export const checkHedging = (hedging: Hedging): void =>
  checkBounds("hedging.afterMs", hedging.afterMs, 1, 600_000);
