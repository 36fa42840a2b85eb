const NODE_CRYPTO = "node:crypto";
const MAX_BYTES = 128;

/** Draws the name of a command: 122 random bits, so that no two clients ever draw the same one. */
export async function drawName(): Promise<string> {
  const web = globalThis.crypto as Crypto | undefined;
  if (web?.randomUUID) return web.randomUUID();
  if (web) {
    // A page that came over plain HTTP from another host has no randomUUID.
    return Array.from(web.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  }
  // Node 18. A bundler leaves this alone, and no browser comes here.
  const node = (await import(/* @vite-ignore */ /* webpackIgnore: true */ NODE_CRYPTO)) as Crypto;
  return node.randomUUID();
}

/** @throws RangeError if it cannot be a request name */
export function checkName(name: string): void {
  if (!/^[!-~]+$/.test(name) || name.length > MAX_BYTES) {
    throw new RangeError(
      `requestName must have 1 to ${MAX_BYTES} printable ASCII characters without spaces; got '${name.slice(0, MAX_BYTES)}'`,
    );
  }
}
