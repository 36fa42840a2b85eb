/**
 * How a method may be sent: `named`: a command, under a name, again under the same one; `read`: as
 * often as wished, also twice at a time; `once`: never a second time after it may have arrived;
 * `watch`: as a stream that resumes.
 */
export type Kind = "named" | "read" | "once" | "watch";

/** A method of a service. `Q` and `R` are its request and its answer; of a watch, its events. */
export interface Method<K extends Kind, Q, R> {
  readonly kind: K;
  /** Verb and path of its HTTP rule: `GET /v1/boards/{board}`. */
  readonly rule: string;
  /** Whether the fields that are not in the path are the body; else they are the query. */
  readonly body: boolean;
  /** Only for the compiler. */
  readonly types?: (request: Q) => R;
}

/** The methods of a service, by their names. */
export type Methods = Readonly<Record<string, Method<Kind, never, unknown>>>;

const method =
  <K extends Kind>(kind: K) =>
  <Q, R>(rule: string, body = false): Method<K, Q, R> => ({ kind, rule, body });

export const named = /* @__PURE__ */ method("named");
export const read = /* @__PURE__ */ method("read");
export const once = /* @__PURE__ */ method("once");
export const watch = /* @__PURE__ */ method("watch");

/** At most one of the properties of `T`; none if the server is newer and has one that is not here. */
export type OneOf<T> =
  | {
      [K in keyof T]: Pick<T, K> & { readonly [L in Exclude<keyof T, K>]?: undefined };
    }[keyof T]
  | { readonly [K in keyof T]?: undefined };
