/** A message or a timer that a service refused for good. */
export interface DeadLetter {
  readonly id: string;
  readonly service: string;
  readonly source: string;
  readonly code: string;
  readonly reason: string;
  readonly time: string;
  readonly requestType?: string;
  readonly request?: unknown;
}

/** What the node answers for one service. */
export interface Letters {
  readonly deadLetters: readonly DeadLetter[];
  readonly nextPageToken: string;
}

/** Some dead letters, and what to ask with for those behind them; empty if there are none. */
export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  readonly next: string;
}

/**
 * A page of the dead letters of several services, one service after the other. `after` is empty or
 * the `next` of the page before: the service to go on in, and the node's token there. `ask` asks an
 * operation of the node by its path.
 */
export async function deadLetters(
  services: readonly string[],
  after: string,
  size: number,
  ask: (path: string) => Promise<Letters>,
): Promise<DeadLetterPage> {
  const split = after.indexOf("/");
  const begin = after.slice(0, Math.max(split, 0));
  const token = after.slice(split + 1);
  const letters: DeadLetter[] = [];
  for (const service of services.filter((each) => each >= begin).sort()) {
    if (letters.length === size) return { letters, next: `${service}/` };
    const query = new URLSearchParams({ pageSize: String(size - letters.length), pageToken: service === begin ? token : "" });
    const page = await ask(`services/${encodeURIComponent(service)}/deadLetters?${query}`);
    letters.push(...page.deadLetters);
    if (page.nextPageToken) return { letters, next: `${service}/${page.nextPageToken}` };
  }
  return { letters, next: "" };
}
