const NODE_CRYPTO = "node:crypto";
const MAX_BYTES = 128;

/** Of the server's 10 minutes for names of a series: what is asked for longer has a name of its own. */
const MAX_TIMEOUT_MS = 300_000;
const MOST_OPEN = 1_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A name that was drawn. */
export interface Drawn {
  readonly text: string;
  /** The request is over: it is not sent again. `known`: whether it is known what became of it. */
  ended(known: boolean): void;
}

/**
 * Draws the names of a client's commands: `~series.number.endedBelow`. A series is 96 random bits, so
 * that no two clients ever draw the same one. A name also says below which number all requests of its
 * series are over, so that the server need not remember their answers. A new series begins when it
 * stays unknown what became of a request, since its name may be given again, and when one takes so
 * long that 1,000 others have begun.
 */
export class Names {
  private series: { text: string; next: number; open: Set<number> } | undefined;

  async draw(timeoutMs: number): Promise<Drawn> {
    if (timeoutMs > MAX_TIMEOUT_MS) return { text: await random(22), ended: () => undefined };
    // Whoever came first while it was drawn has begun the series.
    const drawn = this.series ? "" : await random(16);
    const series = (this.series ??= { text: drawn, next: 0, open: new Set() });
    const number = series.next++;
    series.open.add(number);
    // Numbers are added in their order, and a set keeps it.
    const [oldest = number] = series.open;
    if (number - oldest >= MOST_OPEN - 1) this.end(series);
    return {
      text: `~${series.text}.${number}.${oldest}`,
      ended: (known) => (known ? series.open.delete(number) : this.end(series)),
    };
  }

  private end(series: object): void {
    if (this.series === series) this.series = undefined;
  }
}

/** Characters of 6 random bits each. */
async function random(count: number): Promise<string> {
  // Node 18 has it in a module. A bundler leaves this alone, and no browser comes here.
  const crypto =
    (globalThis.crypto as Crypto | undefined) ??
    ((await import(/* @vite-ignore */ /* webpackIgnore: true */ NODE_CRYPTO)) as { webcrypto: Crypto }).webcrypto;
  return Array.from(crypto.getRandomValues(new Uint8Array(count)), (byte) => ALPHABET[byte & 63]).join("");
}

/** @throws RangeError if it cannot be a request name */
export function checkName(name: string): void {
  if (!/^[!-~]+$/.test(name) || name.length > MAX_BYTES) {
    throw new RangeError(
      `requestName must have 1 to ${MAX_BYTES} printable ASCII characters without spaces; got '${name.slice(0, MAX_BYTES)}'`,
    );
  }
}
