/**
 * A piece of work that may be told to end: by the signal of the one who asked, by its own deadline,
 * or because it is done.
 */
export class Scope {
  private readonly controller = new AbortController();
  private readonly leave: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(outer?: AbortSignal, timeoutMs?: number) {
    const follow = (): void => this.controller.abort("outer");
    if (outer?.aborted) follow();
    outer?.addEventListener("abort", follow, { once: true });
    this.leave = () => outer?.removeEventListener("abort", follow);
    if (timeoutMs !== undefined) this.within(timeoutMs);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Whether its own time is over, and not that of the one who asked. */
  get timedOut(): boolean {
    return this.signal.aborted && this.signal.reason === "time";
  }

  /** Sets the time that it has from now on; undefined: as much as it likes. */
  within(timeoutMs: number | undefined): void {
    clearTimeout(this.timer);
    this.timer = timeoutMs === undefined ? undefined : setTimeout(() => this.controller.abort("time"), timeoutMs);
  }

  /** Waits; less if it is told to end. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.signal.addEventListener("abort", done, { once: true });
      if (this.signal.aborted) done();
    });
  }

  /** What it waits for, or a failure once it is told to end: not all that it waits for heeds a signal. */
  race<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => reject(new Error("told to end"));
      this.signal.addEventListener("abort", end, { once: true });
      if (this.signal.aborted) end();
      promise.then(resolve, reject).finally(() => this.signal.removeEventListener("abort", end));
    });
  }

  /** Ends all that still goes on in it. */
  end(): void {
    this.within(undefined);
    this.leave();
    this.controller.abort("done");
  }
}
