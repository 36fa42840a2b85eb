import { describe, expect, test } from "vitest";
import { batches } from "../web/node/samples.ts";

const matches = [
  { date: "", home: "", away: "", goals: [["a", 1], ["b", 2]] },
  { date: "", home: "", away: "", goals: [["c", 3]] },
] as const;

describe("the goals of the tour", () => {
  test("are a batch for each match", () => {
    expect(batches(matches, 0)).toEqual([
      { afterRow: 0, lastRow: 2, scores: [{ member: "a", score: 1 }, { member: "b", score: 1 }] },
      { afterRow: 2, lastRow: 3, scores: [{ member: "c", score: 1 }] },
    ]);
  });
  test("go on in the middle of a match", () => {
    expect(batches(matches, 1)).toEqual([
      { afterRow: 1, lastRow: 2, scores: [{ member: "b", score: 1 }] },
      { afterRow: 2, lastRow: 3, scores: [{ member: "c", score: 1 }] },
    ]);
  });
  test("are none where all are there", () => {
    expect(batches(matches, 3)).toEqual([]);
  });
});
