import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
  /** Loads again now; what is shown stays until then. */
  reload(): Promise<void>;
}

/**
 * What a function gives, loaded again when `keys` change and every so often. An answer that was
 * overtaken is dropped. With `keep` the old value is shown until the one of the new keys is there.
 */
export function useLoaded<T>(load: () => Promise<T>, keys: readonly unknown[], everyMs = 0, keep = false): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error?: unknown; loading: boolean }>({ loading: true });
  const turn = useRef(0);
  const loadNow = useCallback(async () => {
    const mine = ++turn.current;
    try {
      const value = await load();
      if (mine === turn.current) setState({ value, loading: false });
    } catch (error) {
      if (mine === turn.current) setState((old) => ({ ...old, error, loading: false }));
    }
  }, keys);
  useEffect(() => {
    setState((old) => (keep ? { ...old, loading: true } : { loading: true }));
    void loadNow();
    if (everyMs === 0) return () => void turn.current++;
    const timer = setInterval(() => {
      if (!document.hidden) void loadNow();
    }, everyMs);
    return () => {
      clearInterval(timer);
      turn.current++;
    };
  }, [loadNow, everyMs]);
  return { value: state.value, error: state.error, loading: state.loading, reload: loadNow };
}

export interface Action {
  readonly running: boolean;
  readonly error: unknown;
  run(what: () => Promise<unknown>): Promise<boolean>;
  clear(): void;
}

/** Something that a press of a button does: whether it is under way, and how it failed. */
export function useAction(): Action {
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  return {
    running,
    error,
    clear: () => setError(undefined),
    run: async (what) => {
      setRunning(true);
      setError(undefined);
      try {
        await what();
        return true;
      } catch (e) {
        setError(e);
        return false;
      } finally {
        setRunning(false);
      }
    },
  };
}
