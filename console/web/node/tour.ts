import { ThalwegError } from "@thalweg/client";
import { type EventPage, eventsPath } from "./log.ts";
import { operation, OperationError, posted } from "./operations.ts";
import { type Batch, batches, BOARD, CONVERSATION, type Line, type Match, request, SOURCE } from "./samples.ts";
import { client } from "./session.ts";

const DEVICE = "tour";
/** An answer of HTTP: somebody else has moved the mark of the source. */
const CONFLICT = 409;

/** How much of the tour the node has. */
export interface Written {
  readonly goals: number;
  readonly messages: number;
}

/** Asks the node how far the tour has come: it remembers, so a tour that was left goes on. */
export async function written(users: readonly string[]): Promise<Written> {
  return { goals: await mark(), messages: await said(users[0] ?? "") };
}

async function mark(): Promise<number> {
  return Number((await client.leaderboard.getImportMark({ board: BOARD, source: SOURCE })).row);
}

async function said(asking: string): Promise<number> {
  try {
    return Number((await client.messaging.getConversation({ conversation: CONVERSATION, user: asking })).lastSeq);
  } catch (e) {
    if (e instanceof ThalwegError && e.code === "NOT_FOUND") return 0;
    throw e;
  }
}

/** Brings one batch in; whether it was new. */
export async function send(batch: Batch, signal: AbortSignal): Promise<boolean> {
  const answer = await posted<{ applied?: boolean }>(`/v1/boards/${BOARD}/scores:batch`, request(batch), signal);
  return answer.applied === true;
}

/** Writes the goals that are not there yet. Where another tab does the same it goes on behind that one. */
export async function writeGoals(matches: readonly Match[], onRow: (row: number) => void, signal: AbortSignal): Promise<void> {
  let row = await mark();
  for (let left = batches(matches, row); left[0]; left = batches(matches, row)) {
    try {
      await send(left[0], signal);
      row = left[0].lastRow;
    } catch (e) {
      if (!(e instanceof OperationError) || e.status !== CONFLICT) throw e;
      row = await mark();
    }
    onRow(row);
  }
}

/** Writes the chat. A message has a name of its own, so one that was sent already is not there twice. */
export async function writeChat(lines: readonly Line[], users: readonly string[], onLine: (sent: number) => void, signal: AbortSignal): Promise<void> {
  const [first = "", ...others] = users;
  await posted(`/v1/conversations/${CONVERSATION}`, { user: first, members: others, title: "A question about cargo" }, signal);
  const numbers: string[] = [];
  for (const [i, line] of lines.entries()) {
    const answer = await posted<{ seq: string }>(
      `/v1/conversations/${CONVERSATION}/messages`,
      {
        user: line.user,
        device: DEVICE,
        clientMessageId: `line-${i + 1}`,
        content: { text: line.text },
        ...(line.replyTo ? { replyTo: numbers[line.replyTo - 1] ?? "0" } : {}),
      },
      signal,
    );
    numbers.push(answer.seq);
    onLine(numbers.length);
  }
}

export interface Found {
  readonly partition: string;
  readonly page: EventPage;
}

/** Where keys were found: a key stays in its partition. */
const places = new Map<string, string>();

/** The latest events of a routing key, and the partition that has them; undefined if there are none. */
export async function logOf(service: string, key: string, partitions: readonly string[], limit: number): Promise<Found | undefined> {
  const known = places.get(`${service} ${key}`);
  const candidates = known ? [known] : partitions.filter((name) => name.startsWith(`${service}/`));
  const pages = await Promise.allSettled(
    candidates.map(async (partition): Promise<Found> => ({ partition, page: await operation<EventPage>(eventsPath(partition, { key, limit })) })),
  );
  const found = pages.map((each) => (each.status === "fulfilled" ? each.value : undefined)).find((each) => each && each.page.events.length > 0);
  if (found) places.set(`${service} ${key}`, found.partition);
  const failed = pages.find((each) => each.status === "rejected");
  // In a cluster some partitions are read elsewhere; it is an error only if nothing was found here.
  if (!found && failed) throw failed.reason;
  return found;
}
