import { signal } from "@preact/signals";
import { parse, Reading } from "./metrics.ts";
import { asked, refusal } from "./session.ts";

export interface PartitionHealth {
  readonly name: string;
  readonly phase: string;
  readonly queueDepth: number;
  readonly pendingEffects: number;
  readonly outboxMessages: number;
  readonly pendingTimers: number;
  readonly deadLetters: number;
  readonly endOffset: number;
  readonly durableOffset: number;
}

export interface Health {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly partitions: readonly PartitionHealth[];
}

/** How often the node is read. */
const EVERY_MS = 2_000;
/** How long the charts look back. */
const KEPT = 150;

/** Why the node could not be read the last time; empty while it can. */
export const lost = signal("");
export const health = signal<Health | undefined>(undefined);
/** The readings of the last five minutes, oldest first. */
export const readings = signal<readonly Reading[]>([]);
/** Why there are no readings: who asks may not see the metrics. */
export const unread = signal("");

async function read(): Promise<void> {
  const ready = await asked("/readyz");
  if (ready.status === 401) return;
  health.value = (await ready.json()) as Health;
  const metrics = await asked("/metrics");
  if (metrics.ok) {
    const reading = new Reading(parse(await metrics.text()), performance.now());
    readings.value = [...readings.value.slice(1 - KEPT), reading];
    unread.value = "";
  } else {
    unread.value = await refusal(metrics);
  }
}

/** Reads for as long as the page is seen, and again and again while the node cannot be reached. */
export function follow(): void {
  const turn = async (): Promise<void> => {
    if (!document.hidden) {
      try {
        await read();
        lost.value = "";
      } catch (e) {
        lost.value = e instanceof Error ? e.message : String(e);
      }
    }
    setTimeout(turn, EVERY_MS);
  };
  void turn();
}
