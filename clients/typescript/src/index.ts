export { type Service, ThalwegClient } from "./client.js";
export { type Code, type FieldViolation, ResyncError, ThalwegError } from "./errors.js";
export { lagOf, positionOf } from "./exchange.js";
export type { access, docs, jobs, keys, leaderboard, locks, messaging } from "./gen/index.js";
export type {
  CallOptions,
  ClientOptions,
  Credentials,
  Hedging,
  Listener,
  WatchOptions,
} from "./options.js";
export type { Retries } from "./retries.js";
