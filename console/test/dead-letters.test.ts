import { describe, expect, test } from "vitest";
import { type DeadLetter, deadLetters, type Letters } from "../web/node/dead-letters.ts";

/** Nodes' answers: letters by service, whose token is the place of the next one. */
function node(counts: Record<string, number>): (path: string) => Promise<Letters> {
  return (path) => {
    const url = new URL(path, "http://node/");
    const service = url.pathname.split("/")[2] ?? "";
    const from = Number(url.searchParams.get("pageToken") || "0");
    const to = Math.min(from + Number(url.searchParams.get("pageSize")), counts[service] ?? 0);
    const letters = Array.from({ length: to - from }, (_, i) => ({ service, id: `${service}${from + i}` }) as DeadLetter);
    return Promise.resolve({ deadLetters: letters, nextPageToken: to < (counts[service] ?? 0) ? String(to) : "" });
  };
}

async function all(counts: Record<string, number>, size: number): Promise<string[][]> {
  const pages: string[][] = [];
  let next = "";
  do {
    const page = await deadLetters(Object.keys(counts), next, size, node(counts));
    pages.push(page.letters.map(({ id }) => id));
    ({ next } = page);
  } while (next);
  return pages;
}

describe("dead letters of several services", () => {
  test("each is on one page, and pages are full", async () => {
    expect(await all({ jobs: 3, docs: 2, keys: 1 }, 2)).toEqual([["docs0", "docs1"], ["jobs0", "jobs1"], ["jobs2", "keys0"]]);
    expect(await all({ jobs: 5 }, 2)).toEqual([["jobs0", "jobs1"], ["jobs2", "jobs3"], ["jobs4"]]);
  });

  test("none is one empty page", async () => {
    expect(await all({}, 2)).toEqual([[]]);
  });

  test("a service whose letters went in between is passed over", async () => {
    const page = await deadLetters(["docs", "keys"], "jobs/3", 2, node({ docs: 1, keys: 1 }));
    expect(page.letters.map(({ id }) => id)).toEqual(["keys0"]);
  });
});
