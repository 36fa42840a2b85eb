import { computed, signal } from "@preact/signals";

/**
 * Where the console is: the parts of the address behind `#/`, decoded. In the address, so that a page
 * can be sent to somebody, and "back" goes back.
 */
const hash = signal(location.hash);
addEventListener("hashchange", () => (hash.value = location.hash));

export const route = computed<readonly string[]>(() =>
  hash.value
    .replace(/^#\/?/, "")
    .split("/")
    .filter((part) => part !== "")
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    }),
);

/** The address of a place in the console. */
export function to(...parts: readonly string[]): string {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

export function go(...parts: readonly string[]): void {
  location.hash = to(...parts);
}
