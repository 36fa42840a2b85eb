import { Call } from "./call.js";
import { services } from "./gen/index.js";
import type { Kind, Method, Methods } from "./method.js";
import { Names } from "./names.js";
import { type CallOptions, type ClientOptions, type Settings, settingsOf, type WatchOptions } from "./options.js";
import { RetryBudget } from "./retries.js";
import { ThalwegError } from "./errors.js";
import { Watch } from "./watch.js";

/** A service as a client has it: a function for each method. */
export type Service<M> = {
  readonly [N in keyof M]: M[N] extends Method<infer K, infer Q, infer R>
    ? K extends "watch"
      ? (request: Q, options?: WatchOptions) => AsyncIterableIterator<R>
      : (request: Q, options?: CallOptions) => Promise<R>
    : never;
};

/** Every service that has a contract, by its name. */
export type Services = { readonly [N in keyof typeof services]: Service<(typeof services)[N]> };

// The services become properties of the class: what has a contract has a client.
export interface ThalwegClient extends Services {}

/**
 * Talks to a node. Cheap to make, but to be kept: its requests share a retry budget. Needs no closing.
 */
export class ThalwegClient {
  private readonly settings: Settings;
  private readonly budget: RetryBudget;
  private readonly names = new Names();
  private inFlight = 0;

  /** @throws RangeError or TypeError naming the option that is out of its bounds */
  constructor(options: ClientOptions) {
    this.settings = settingsOf(options);
    this.budget = new RetryBudget(this.settings.retries);
    for (const [name, methods] of Object.entries(services)) {
      Object.defineProperty(this, name, { value: this.service(name, methods), enumerable: true });
    }
  }

  private service(service: string, methods: Methods): object {
    const bound: Record<string, unknown> = {};
    for (const [name, method] of Object.entries(methods)) {
      const full = `${service}.${name}`;
      bound[name] =
        method.kind === "watch"
          ? (request: object, options: WatchOptions = {}) =>
              new Watch(this.settings, full, method, options).events(request)
          : (request: object, options: CallOptions = {}) => this.call(full, method, request, options);
    }
    return bound;
  }

  private async call(
    name: string,
    method: Method<Kind, never, unknown>,
    request: object,
    options: CallOptions,
  ): Promise<object> {
    const { maxInFlight } = this.settings;
    if (this.inFlight >= maxInFlight) {
      throw new ThalwegError(
        { code: "RESOURCE_EXHAUSTED", reason: `there are ${maxInFlight} calls in flight already (maxInFlight)` },
        { method: name, attempts: 0 },
      );
    }
    const call = new Call(this.settings, this.budget, this.names, name, method, options);
    this.inFlight++;
    try {
      return await call.run(request);
    } finally {
      this.inFlight--;
    }
  }
}
