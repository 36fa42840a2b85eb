import { signal } from "@preact/signals";
import { ThalwegClient } from "@thalweg/client";

const KEPT = "thalweg.key";

/** The credentials of this tab; empty where the node asks for none. Forgotten when the tab is closed. */
export const credentials = signal(sessionStorage.getItem(KEPT) ?? "");

/** Whether the node has refused what this tab has. */
export const signInWanted = signal(false);

export function signIn(key: string): void {
  sessionStorage.setItem(KEPT, key);
  credentials.value = key;
  signInWanted.value = false;
}

export function signOut(): void {
  sessionStorage.removeItem(KEPT);
  credentials.value = "";
}

/** The client of every page: to the node that served it. */
export const client = new ThalwegClient({
  url: location.origin,
  fetch: (input, init) => asked(input, init),
});

/** A request to the node with this tab's credentials; a 401 opens the sign-in. */
export async function asked(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (credentials.value) headers.set("authorization", `Bearer ${credentials.value}`);
  const answer = await fetch(input, { ...init, headers });
  if (answer.status === 401) signInWanted.value = true;
  return answer;
}

/** What a failed request says: the node's own words where there are any. */
export async function refusal(answer: Response): Promise<string> {
  const text = await answer.text();
  try {
    const message = (JSON.parse(text) as { error?: { message?: string } }).error?.message;
    if (message) return message;
  } catch {
    // Not the node's own answer.
  }
  return text || `${answer.status} ${answer.statusText}`;
}
