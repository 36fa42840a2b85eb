/** What the tour writes is under these names, and nothing else is. */
export const BOARD = "tour-goals";
export const CONVERSATION = "tour-chat";
/** Of the goals: a batch of this source is applied once, however often it is sent. */
export const SOURCE = "world-cup-2022";

export interface Match {
  readonly date: string;
  readonly home: string;
  readonly away: string;
  /** Who scored, and in which minute. */
  readonly goals: readonly (readonly [string, number])[];
}

export interface Line {
  readonly user: string;
  readonly text: string;
  /** Number of the line that it answers, from 1. */
  readonly replyTo?: number;
}

export interface Samples {
  readonly matches: readonly Match[];
  readonly goals: number;
  readonly lines: readonly Line[];
  /** Who speaks in the lines, who began first. */
  readonly users: readonly string[];
}

/** The samples lie beside the page and are loaded with the tour alone. */
export async function samples(): Promise<Samples> {
  const [goals, chat] = await Promise.all([import("../samples/goals.json"), import("../samples/chat.json")]);
  const matches = goals.default as unknown as readonly Match[];
  const lines: readonly Line[] = chat.default.map((line) => ({ ...line, user: user(line.user) }));
  return {
    matches,
    goals: matches.reduce((sum, match) => sum + match.goals.length, 0),
    lines,
    users: [...new Set(lines.map((line) => line.user))],
  };
}

/** A user of the chat, who cannot be one that the node has already. */
export function user(name: string): string {
  return `tour-${name}`;
}

/** A batch of goals, with its place in the source. */
export interface Batch {
  readonly afterRow: number;
  readonly lastRow: number;
  readonly scores: readonly { readonly member: string; readonly score: number }[];
}

/** The goals from a row of the source on: a batch for each match, or what is left of it. */
export function batches(matches: readonly Match[], fromRow: number): readonly Batch[] {
  const all: Batch[] = [];
  let row = 0;
  for (const { goals } of matches) {
    const afterRow = Math.max(row, fromRow);
    const lastRow = row + goals.length;
    if (afterRow < lastRow) {
      all.push({ afterRow, lastRow, scores: goals.slice(afterRow - row).map(([member]) => ({ member, score: 1 })) });
    }
    row = lastRow;
  }
  return all;
}

/** The body of the request that brings a batch in. */
export function request(batch: Batch): object {
  return { scores: batch.scores, operator: "SUM", import: { source: SOURCE, afterRow: String(batch.afterRow), lastRow: String(batch.lastRow) } };
}
