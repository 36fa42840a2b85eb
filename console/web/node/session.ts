import { signal } from "@preact/signals";
import { ThalwegClient } from "@thalweg/client";

/** Whether this browser has signed in here. The cookie that holds it is for no script to read. */
export const signedIn = signal(false);

/** Whether the node has refused what this browser has. */
export const signInWanted = signal(false);

/** Tells the node that it is a page of its own that asks, which no other page can. */
const OWN = { "thalweg-page": "1" };

async function session(init: RequestInit): Promise<boolean> {
  const answer = await fetch("/v1/session", init);
  if (!answer.ok) return false;
  signedIn.value = ((await answer.json()) as { signedIn: boolean }).signedIn;
  return true;
}

/** Signs in with an API key or a token; false if the node does not know it. */
export async function signIn(key: string): Promise<boolean> {
  const known = await session({ method: "POST", headers: { authorization: `Bearer ${key}` } });
  if (known) signInWanted.value = false;
  return known;
}

export async function signOut(): Promise<void> {
  await session({ method: "DELETE", headers: OWN });
}

/** Asks the node whether this browser has signed in before. */
export function remember(): void {
  void session({}).catch(() => undefined);
}

/** The client of every page: to the node that served it. */
export const client = new ThalwegClient({
  url: location.origin,
  fetch: (input, init) => asked(input, init),
});

/** A request to the node as who has signed in; a 401 opens the sign-in. */
export async function asked(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(OWN)) headers.set(name, value);
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
