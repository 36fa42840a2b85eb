/** An event of a partition's log, as the node writes it for people. */
export interface LoggedEvent {
  readonly offset: number;
  readonly time: string;
  readonly type: string;
  readonly project: number;
  readonly slot: number;
  readonly principal?: string;
  readonly traceId?: string;
  readonly sealedKeyId?: string;
  /** What it says; absent where this build cannot read it. */
  readonly event?: unknown;
  /** Its bytes in base64, where it cannot be read. */
  readonly payload?: string;
}

export interface EventPage {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly fromOffset: number;
  readonly nextOffset: number;
  readonly events: readonly LoggedEvent[];
}

/** Which events: of a routing key, a type, a project; and where to begin. */
export interface EventQuery {
  readonly key?: string;
  readonly type?: string;
  readonly project?: string;
  readonly time?: string;
  readonly from?: number;
  readonly before?: number;
  readonly limit?: number;
}

/** The address of a page of events; what is empty is left out. */
export function eventsPath(partition: string, query: EventQuery): string {
  const [service = "", number = ""] = partition.split("/");
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `services/${encodeURIComponent(service)}/partitions/${number}/events${text && `?${text}`}`;
}

const KEPT = 1_000;

/** What is shown, and a newer page behind it: the latest thousand, none twice. */
export function joined(shown: readonly LoggedEvent[], newer: readonly LoggedEvent[]): readonly LoggedEvent[] {
  const last = shown.at(-1)?.offset ?? -1;
  return [...shown, ...newer.filter(({ offset }) => offset > last)].slice(-KEPT);
}

/** An event in one line: what it says, without the frame. */
export function brief(event: LoggedEvent): string {
  if (event.event !== undefined) return JSON.stringify(event.event);
  return event.sealedKeyId ? "sealed" : `${event.payload?.length ?? 0} characters of base64`;
}
