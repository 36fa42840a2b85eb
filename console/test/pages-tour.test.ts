import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NodeProcess } from "../../clients/typescript/test/node.ts";
import { missing, SHOTS, Walk } from "./walk.ts";

/** The tour, taken in a browser on a node that has nothing yet; every step has its effect in the API. */
const matches = JSON.parse(readFileSync("web/samples/goals.json", "utf8")) as { goals: [string, number][] }[];
const lines = JSON.parse(readFileSync("web/samples/chat.json", "utf8")) as { user: string; text: string; replyTo?: number }[];
const goals = matches.flatMap((match) => match.goals.map(([scorer]) => scorer));

interface Events {
  events: { type: string; event?: unknown }[];
}

let node: NodeProcess;
let walk: Walk;

/** All that the log holds of a routing key, wherever it lies. */
async function logged(service: string, key: string): Promise<Events["events"]> {
  const { partitions } = await walk.api<{ partitions: { name: string }[] }>("/readyz");
  const own = partitions.filter(({ name }) => name.startsWith(`${service}/`));
  const pages = await Promise.all(
    own.map(({ name }) => walk.api<Events>(`/v1/operations/services/${service}/partitions/${name.split("/")[1]}/events?limit=1000&key=${key}`)),
  );
  return pages.flatMap(({ events }) => events);
}

/** What the node has of both samples: who scored how often, and what was said. */
async function written(): Promise<{ scores: Record<string, number>; said: string[] }> {
  const scores: Record<string, number> = {};
  let token = "";
  do {
    const page = await walk.api<{ entries: { member: string; score: number }[]; nextPageToken?: string }>(
      `/v1/boards/tour-goals/entries?pageSize=100&pageToken=${encodeURIComponent(token)}`,
    );
    for (const { member, score } of page.entries) scores[member] = score;
    token = page.nextPageToken ?? "";
  } while (token);
  const { messages } = await walk.api<{ messages: { user: string; content: { text: string }; replyTo: string }[] }>(
    "/v1/conversations/tour-chat/messages?user=tour-ana&pageSize=100",
  );
  return { scores, said: messages.map(({ user, content, replyTo }) => `${user} ${Number(replyTo)} ${content.text}`) };
}

function expected(): { scores: Record<string, number>; said: string[] } {
  const scores: Record<string, number> = {};
  for (const scorer of goals) scores[scorer] = (scores[scorer] ?? 0) + 1;
  return { scores, said: lines.map(({ user, text, replyTo }) => `tour-${user} ${replyTo ?? 0} ${text}`) };
}

describe.skipIf(missing)("the tour", () => {
  beforeAll(async () => {
    node = await NodeProcess.start();
    walk = await Walk.begin(node.url);
  });
  afterAll(async () => {
    await walk?.end();
    await node?.close();
  });
  afterEach(() => expect(walk.faults.splice(0)).toEqual([]));

  test("it says what it will write before it writes, and where that comes from", async () => {
    await walk.open("", "Overview");
    await walk.page.getByRole("link", { name: "Take the tour" }).click();
    await walk.page.getByRole("heading", { name: "Before anything is written" }).waitFor();
    const table = walk.page.getByRole("region", { name: "What the tour writes" });
    await table.getByText("tour-goals").waitFor();
    await table.getByText(/170 goals/).waitFor();
    await table.getByText(/CC0 1.0/).waitFor();
    await table.getByText("tour-chat").waitFor();
    await table.getByText(/CC BY 4.0/).waitFor();
    await table.getByText("0 of 170").waitFor();
    await walk.look("tour-before");
    expect((await fetch(`${node.url}/v1/boards/tour-goals`)).status).toBe(404);
    expect(await logged("leaderboard", "tour-goals")).toEqual([]);
    expect(await logged("messaging", "tour-chat")).toEqual([]);
  });

  test("one goal is written by its button, and its event is shown", async () => {
    const { page } = walk;
    await page.getByRole("link", { name: "Begin" }).click();
    await page.getByRole("heading", { name: "1. A goal" }).waitFor();
    await page.getByText("Nothing yet").waitFor();
    expect((await fetch(`${node.url}/v1/boards/tour-goals`)).status).toBe(404);
    await walk.button("Write one goal").click();
    await page.getByRole("region", { name: "Latest events of tour-goals" }).getByRole("cell", { name: "ScoresSubmitted" }).waitFor();
    expect(await walk.api("/v1/boards/tour-goals/entries/Enner%20Valencia")).toMatchObject({ score: 1, rank: 1 });
    expect(await walk.button("Write one goal").isDisabled()).toBe(true);
  });

  test("it can be left in the middle, and goes on where it was without a goal twice", async () => {
    const { page } = walk;
    await page.getByRole("link", { name: "Next: A tournament" }).click();
    // Somebody else, or an earlier visit, has come further meanwhile: two goals of the second match are there, too.
    const scores = goals.slice(1, 4).map((member) => ({ member, score: 1 }));
    await walk.api("/v1/boards/tour-goals/scores:batch", { scores, operator: "SUM", import: { source: "world-cup-2022", afterRow: "1", lastRow: "4" } });
    await walk.button("Write 166 goals").waitFor();
    await walk.open("leaderboard/tour-goals", "tour-goals");
    await walk.open("tour", "Tour");
    await page.getByRole("link", { name: "Go on at step 2" }).click();
    await walk.button("Write 166 goals").click();
    await page.getByText("170 goals are on the board.").waitFor();
    await page.getByRole("region", { name: "Top scorers" }).getByRole("row", { name: "1 Kylian Mbappé 8" }).waitFor();
    const events = (await logged("leaderboard", "tour-goals")).length;
    await page.getByText(`${events} events`).waitFor();
    await walk.look("tour");
  });

  test("everything once more changes nothing, on the board and in the log", async () => {
    const { page } = walk;
    const before = await logged("leaderboard", "tour-goals");
    await page.getByRole("link", { name: "Next: The same again" }).click();
    await walk.button("Send everything again").click();
    await page.getByText("57 requests were answered, none of them changed anything.").waitFor();
    expect(await logged("leaderboard", "tour-goals")).toEqual(before);
    expect(await walk.api("/v1/boards/tour-goals/entries/Kylian%20Mbapp%C3%A9")).toMatchObject({ score: 8, rank: 1 });
  });

  test("the chat is in the conversation and in the inboxes, and the log does not say what was said", async () => {
    const { page } = walk;
    await page.getByRole("link", { name: "Next: A chat" }).click();
    await walk.button("Write 20 messages").click();
    await page.getByText("They are in the conversation").waitFor();
    expect(await written()).toEqual(expected());
    const events = await logged("messaging", "tour-chat");
    expect(events.filter(({ event }) => JSON.stringify(event).includes('"clientMessageId":"line-'))).toHaveLength(20);
    expect(JSON.stringify(events)).not.toContain("errors reported by cargo");
    await page.getByRole("region", { name: "Latest events of tour-chat" }).getByRole("cell", { name: "MessageSent" }).first().waitFor();
    await walk.look("tour-chat");
    await page.getByRole("link", { name: "Next: An inbox" }).click();
    await page.getByText("18 unread").waitFor();
    await page.getByRole("region", { name: "Latest events of tour-bo" }).getByRole("cell", { name: "InboxPointed" }).first().waitFor();
    await walk.button("Read it all").click();
    await page.getByText("0 unread").waitFor();
    expect(await walk.api("/v1/inboxes/tour-bo/chats")).toMatchObject({ totalUnread: "0" });
  });

  test("the tables are made again from the log without a difference", async () => {
    const { page } = walk;
    await page.getByRole("link", { name: "Next: Made again" }).click();
    await walk.button("Rebuild beside").click();
    await page.getByText("done", { exact: true }).waitFor();
    expect(await walk.api("/v1/operations/services/leaderboard/rebuild")).toMatchObject({ state: "DONE", good: true });
  });

  test("taken a second time by somebody else it doubles nothing", async () => {
    const context = await walk.another();
    try {
      const tab = await context.newPage();
      tab.setDefaultTimeout(60_000);
      await tab.goto(`${node.url}/#/tour`);
      await tab.getByText("170 of 170").waitFor();
      await tab.getByText("20 of 20").waitFor();
      await tab.getByRole("link", { name: "Look at it from the beginning" }).click();
      await tab.getByText("Enner Valencia is on the board.").waitFor();
    } finally {
      await context.close();
    }
    expect(await written()).toEqual(expected());
  });

  test("two pictures of it are small enough for a README", async () => {
    const { page } = walk;
    await page.setViewportSize({ width: 1200, height: 780 });
    await walk.theme("light");
    await walk.open("tour/2", "Tour");
    await page.getByRole("region", { name: "Latest events of tour-goals" }).getByRole("cell", { name: "ScoresSubmitted" }).first().waitFor();
    await page.getByRole("region", { name: "Top scorers" }).getByRole("row", { name: /Messi/ }).waitFor();
    const light = await page.screenshot({ path: `${SHOTS}/readme-light.png` });
    await walk.theme("dark");
    await walk.open("leaderboard/tour-goals", "tour-goals");
    await page.getByText("live", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Lionel Messi" }).click();
    await page.getByRole("region", { name: "Around Lionel Messi" }).waitFor();
    const dark = await page.screenshot({ path: `${SHOTS}/readme-dark.png` });
    expect(light.length).toBeLessThan(150_000);
    expect(dark.length).toBeLessThan(150_000);
  });

  test("a board that was deleted is written anew", async () => {
    const { page } = walk;
    await fetch(`${node.url}/v1/boards/tour-goals`, { method: "DELETE" });
    await walk.open("tour/2", "Tour");
    await walk.button("Write 170 goals").click();
    await page.getByText("170 goals are on the board.").waitFor();
    expect(await written()).toEqual(expected());
  });

  test("no button of the tour was left unpressed", () => expect(walk.unpressed("tour")).toEqual([]));
});
