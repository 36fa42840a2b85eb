/** What kind of failure it is: the names of `google.rpc.Code`. */
export type Code =
  | "CANCELLED"
  | "UNKNOWN"
  | "INVALID_ARGUMENT"
  | "DEADLINE_EXCEEDED"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "PERMISSION_DENIED"
  | "RESOURCE_EXHAUSTED"
  | "FAILED_PRECONDITION"
  | "ABORTED"
  | "OUT_OF_RANGE"
  | "UNIMPLEMENTED"
  | "INTERNAL"
  | "UNAVAILABLE"
  | "DATA_LOSS"
  | "UNAUTHENTICATED";

/** A field of a request that is out of its bounds. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** How one attempt failed. */
export interface Failure {
  readonly code: Code;
  readonly reason: string;
  readonly fieldViolations?: readonly FieldViolation[];
  /** The pause that the server asks for. */
  readonly retryDelayMs?: number | undefined;
  /** HTTP status; absent if there was no answer. */
  readonly status?: number;
  /** On this side, where the server did not answer. */
  readonly cause?: unknown;
}

/** What a call was, when it failed. */
export interface FailedCall {
  readonly method: string;
  readonly requestName?: string | undefined;
  readonly attempts: number;
  readonly outcomeUnknown?: boolean;
}

/**
 * A request was refused, or did not get its answer. `code` says what kind of failure it is, the
 * message what to do.
 */
export class ThalwegError extends Error {
  readonly code: Code;
  /** What the server said, or what happened on the way. */
  readonly reason: string;
  /** The fields that an INVALID_ARGUMENT is about; empty if it names none. */
  readonly fieldViolations: readonly FieldViolation[];
  /** When the server says that it may be asked again, in milliseconds. */
  readonly retryDelayMs: number | undefined;
  /** HTTP status; undefined if there was no answer. */
  readonly status: number | undefined;
  /** Such as `leaderboard.submitScore`. */
  readonly method: string;
  /** The name that the command was sent under; undefined for what takes none. */
  readonly requestName: string | undefined;
  /** How often it was sent; 0 if it never was. */
  readonly attempts: number;
  /**
   * Whether the command may have been executed nevertheless; never true of a read. Sent again under
   * the same `requestName` it is executed once at most; within 10 minutes if the client drew the name.
   */
  readonly outcomeUnknown: boolean;

  constructor(failure: Failure, call: FailedCall) {
    const times = call.attempts > 1 ? ` (after ${call.attempts} attempts)` : "";
    super(`${call.method}: ${failure.code}: ${failure.reason}${times}`, { cause: failure.cause });
    this.name = "ThalwegError";
    this.code = failure.code;
    this.reason = failure.reason;
    this.fieldViolations = failure.fieldViolations ?? [];
    this.retryDelayMs = failure.retryDelayMs;
    this.status = failure.status;
    this.method = call.method;
    this.requestName = call.requestName;
    this.attempts = call.attempts;
    this.outcomeUnknown = call.outcomeUnknown ?? false;
  }
}

/**
 * A watch cannot go on from its position: that history was forked away by a restore, or its log was
 * removed. Read the present state, then watch from the position of that answer.
 */
export class ResyncError extends ThalwegError {
  constructor(failure: Failure, call: FailedCall) {
    super(failure, call);
    this.name = "ResyncError";
  }
}

/** How an attempt fails inside of the client. */
export class Refusal extends Error {
  constructor(readonly failure: Failure) {
    super(failure.reason);
  }
}

/** Whether the server refused before it did anything, and may take it later. */
export function refusedForNow(failure: Failure): boolean {
  return failure.code === "RESOURCE_EXHAUSTED" && failure.retryDelayMs !== undefined;
}

/** Whether what may be sent twice should be sent again. */
export function isPassing(failure: Failure): boolean {
  return failure.code === "UNAVAILABLE" || failure.code === "CANCELLED" || refusedForNow(failure);
}

/** Whether it leaves open if the request was executed. */
export function leavesOutcomeOpen(failure: Failure): boolean {
  return ["UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "UNKNOWN", "INTERNAL"].includes(failure.code);
}
