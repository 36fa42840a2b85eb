/**
 * How often and how soon a client asks again.
 *
 * The pause before attempt n+1 is drawn between 0 and `firstPauseMs` times 2^(n-1), at most
 * `maxPauseMs` (full jitter); where the server said when to come back, that long and the drawn pause
 * on top. Retries and hedges of all requests of a client share one budget: each request adds
 * `budgetPercent` hundredths of a retry, and `budgetFloorPerSecond` are added each second whatever
 * the load; at most ten seconds of the floor are saved up.
 */
export interface Retries {
  /** Of one request, the first included; 1 to 100; default 10. With 1 every request is sent once. */
  readonly maxAttempts: number;
  /** 1 to 60,000; default 100. */
  readonly firstPauseMs: number;
  /** `firstPauseMs` to 600,000; default 3,000. */
  readonly maxPauseMs: number;
  /** 0 to 100; default 10. */
  readonly budgetPercent: number;
  /** 0 to 10,000; default 10. */
  readonly budgetFloorPerSecond: number;
}

const SAVED_SECONDS = 10;
const LEAST_SAVED = 10;

/** The defaults with what is given in their place. */
export function retriesOf(given: Partial<Retries> = {}): Retries {
  const retries = {
    maxAttempts: 10,
    firstPauseMs: 100,
    maxPauseMs: Math.max(3_000, given.firstPauseMs ?? 0),
    budgetPercent: 10,
    budgetFloorPerSecond: 10,
    ...given,
  };
  checkBounds("retries.maxAttempts", retries.maxAttempts, 1, 100);
  checkBounds("retries.firstPauseMs", retries.firstPauseMs, 1, 60_000);
  checkBounds("retries.maxPauseMs", retries.maxPauseMs, retries.firstPauseMs, 600_000);
  checkBounds("retries.budgetPercent", retries.budgetPercent, 0, 100);
  checkBounds("retries.budgetFloorPerSecond", retries.budgetFloorPerSecond, 0, 10_000);
  return retries;
}

/** @throws RangeError naming the option and its bounds */
export function checkBounds(option: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max)) {
    throw new RangeError(`${option} must be from ${min} to ${max}; got ${value}`);
  }
}

/**
 * How long to wait before asking again, in milliseconds.
 *
 * @param failed attempts so far, from 1
 * @param askedMs the pause that the server asks for
 * @param random from 0 to below 1
 */
export function pauseMs(retries: Retries, failed: number, askedMs = 0, random = Math.random()): number {
  const most = Math.min(retries.maxPauseMs, retries.firstPauseMs * 2 ** Math.min(failed - 1, 30));
  return askedMs + random * most;
}

/**
 * A token bucket for what is sent beside the first attempts. Without it, clients of a server that
 * falls behind multiply its load.
 */
export class RetryBudget {
  private readonly most: number;
  private tokens: number;
  private filledMs: number;

  constructor(
    private readonly retries: Retries,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.tokens = SAVED_SECONDS * retries.budgetFloorPerSecond;
    this.most = Math.max(LEAST_SAVED, this.tokens);
    this.filledMs = nowMs();
  }

  /** A request was made: adds its share. */
  requested(): void {
    this.add(this.retries.budgetPercent / 100);
  }

  /** Takes a retry out; false if there is none left. */
  take(): boolean {
    this.add(0);
    // Shares of a tenth do not add up to a whole exactly.
    if (this.tokens < 1 - 1e-9) return false;
    this.tokens -= 1;
    return true;
  }

  private add(share: number): void {
    const nowMs = this.nowMs();
    const floor = ((nowMs - this.filledMs) * this.retries.budgetFloorPerSecond) / 1000;
    this.filledMs = nowMs;
    this.tokens = Math.min(this.most, this.tokens + floor + share);
  }
}
