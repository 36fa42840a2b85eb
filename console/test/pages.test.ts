import { readFileSync } from "node:fs";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NodeProcess } from "../../clients/typescript/test/node.ts";
import { missing, SHOTS, Walk } from "./walk.ts";

/** Every page in a real browser on a real node: each control has its effect on the page and in the API. */
let node: NodeProcess;
let walk: Walk;
let browser: Browser;
let page: Page;

const api = <T>(path: string, body?: unknown): Promise<T> => walk.api<T>(path, body);
const open = (path: string, title: string): Promise<void> => walk.open(path, title);
const field = (label: string): Locator => walk.field(label);
const look = (name: string): Promise<void> => walk.look(name);

describe.skipIf(missing)("the console", () => {
  beforeAll(async () => {
    node = await NodeProcess.start();
    walk = await Walk.begin(node.url);
    ({ browser, page } = walk);
  });
  afterAll(async () => {
    await walk?.end();
    await node?.close();
  });
  // Of each test by itself: no error of the page's script, and nothing from elsewhere.
  afterEach(() => expect(walk.faults.splice(0)).toEqual([]));

  test("its own policy lets it run, and its first load is small", async () => {
    const context = await browser.newContext();
    const strict = await context.newPage();
    const refused: string[] = [];
    strict.on("console", (m) => m.type() === "error" && refused.push(m.text()));
    let bytes = 0;
    strict.on("response", async (r) => (bytes += (await r.body().catch(() => Buffer.alloc(0))).length));
    await strict.goto(node.url);
    await strict.getByText("Every partition takes requests").waitFor();
    await strict.getByRole("img", { name: /Latency of requests/ }).waitFor();
    expect(refused).toEqual([]);
    expect(bytes).toBeLessThan(1_000_000);
    await context.close();
  });

  test("the overview tells that all is well, and what is asked for", async () => {
    await open("", "Overview");
    await page.getByText("Every partition takes requests").waitFor();
    const busy = setInterval(() => void api("/v1/boards/busy/scores", { member: "ada", score: 1 }).catch(() => undefined), 50);
    try {
      await page.getByRole("cell", { name: /SubmitScore/ }).first().waitFor();
    } finally {
      clearInterval(busy);
    }
    const { warnings } = await api<{ warnings: readonly { message: string }[] }>("/v1/operations/warnings");
    const said = warnings.at(-1)?.message ?? "The node has warned of nothing since it started.";
    await page.getByText(said, { exact: true }).first().waitFor();
    await look("overview");
  });

  test("every partition is there", async () => {
    const { partitions } = await api<{ partitions: unknown[] }>("/readyz");
    await open("partitions", "Partitions");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(partitions.length);
    await look("partitions");
  });

  test("the log shows what is written, finds it by key, and follows it", async () => {
    const { partitions } = await api<{ partitions: { name: string }[] }>("/readyz");
    await api("/v1/boards/logged/scores", { member: "ada", score: 7 });
    const holders: string[] = [];
    for (const { name } of partitions.filter(({ name }) => name.startsWith("leaderboard/"))) {
      const [service, number] = name.split("/");
      const { events } = await api<{ events: unknown[] }>(`/v1/operations/services/${service}/partitions/${number}/events?key=logged&type=ScoresSubmitted`);
      if (events.length > 0) holders.push(name);
    }
    expect(holders).toHaveLength(1);
    await open("log", "Log");
    await field("Partition").selectOption(holders[0] ?? "");
    await field("Key").fill("logged");
    await field("Type").fill("ScoresSubmitted");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByRole("cell", { name: /"member":"ada"/ }).waitFor();
    await api("/v1/boards/logged/scores", { member: "grace", score: 9 });
    await page.getByRole("cell", { name: /"member":"grace"/ }).waitFor();
    await page.locator("tbody tr").first().getByRole("button").click();
    await page.getByText(/^curl '/).waitFor();
    await look("log");
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("standing", { exact: true }).waitFor();
    await field("Since").fill("2999-01-01T00:00");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByText("No event is found here").waitFor();
  });

  test("a node that is the only one says how to have a cluster", async () => {
    await open("cluster", "Cluster");
    await page.getByText("This node is the only one").waitFor();
    await look("cluster");
  });

  test("a score that is submitted has a rank, and one from elsewhere appears by itself", async () => {
    await open("leaderboard", "Leaderboards");
    await field("Board").fill("goals");
    await field("Member").fill("ada");
    await field("Score").fill("7");
    await page.getByRole("button", { name: "Submit" }).click();
    await page.getByRole("heading", { level: 1, name: "goals" }).waitFor();
    expect(await api("/v1/boards/goals/entries/ada")).toMatchObject({ score: 7, rank: 1 });
    await page.getByText("live", { exact: true }).waitFor();
    await api("/v1/boards/goals/scores", { member: "bob", score: 9 });
    await page.getByRole("button", { name: "bob" }).waitFor();
    await page.getByRole("button", { name: "bob" }).click();
    await page.getByRole("region", { name: "Around bob" }).waitFor();
    await look("leaderboard");
  });

  test("what the node refuses is said in its words, with the field", async () => {
    await open("leaderboard/goals", "goals");
    await field("Member").first().fill("x".repeat(200));
    await field("Score").fill("1");
    await page.getByRole("button", { name: "Submit" }).click();
    await page.getByRole("alert").getByText("member", { exact: true }).waitFor();
  });

  test("a board is deleted only by who types its name", async () => {
    await api("/v1/boards/old/scores", { member: "ada", score: 1 });
    await open("leaderboard/old", "old");
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    const sure = page.getByRole("button", { name: "Delete the board" });
    expect(await sure.isDisabled()).toBe(true);
    await field("Type old to go on").fill("old");
    await sure.click();
    await page.getByRole("heading", { level: 1, name: "Leaderboards" }).waitFor();
    expect((await fetch(`${node.url}/v1/boards/old`)).status).toBe(404);
  });

  test("jobs are enqueued, a queue is paused, and the dead are requeued", async () => {
    await open("jobs", "Jobs");
    await field("Queue").fill("mail");
    await field("Type").fill("welcome");
    await page.getByRole("button", { name: "Enqueue" }).click();
    await page.getByRole("heading", { level: 1, name: "mail" }).waitFor();
    await page.getByRole("cell", { name: "welcome" }).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("paused", { exact: true }).waitFor();
    expect(await api("/v1/queues/mail")).toMatchObject({ paused: true });
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByText("open", { exact: true }).waitFor();
    const { jobs } = await api<{ jobs: { job: string; token: string }[] }>("/v1/queues/mail/jobs:fetch", { worker: "w", max: 1 });
    const { job, token } = jobs[0] ?? expect.fail("no job was fetched");
    await api("/v1/queues/mail/jobs:report", { reports: [{ job, token, failed: { error: "no such address", forGood: true } }] });
    await page.getByRole("button", { name: "dead", exact: true }).click();
    await page.getByText("no such address").waitFor();
    await look("jobs");
    await page.getByRole("button", { name: "Requeue the dead" }).click();
    await expect.poll(async () => (await api<{ figures: { ready: string } }>("/v1/queues/mail")).figures.ready).toBe("1");
  });

  test("keys are made, claimed and looked up", async () => {
    await open("keys", "Keys");
    await field("Namespace").fill("links");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { level: 1, name: "links" }).waitFor();
    await page.getByRole("button", { name: "Next five" }).click();
    await expect.poll(() => page.locator(".chips li").count()).toBe(5);
    const made = (await page.locator(".chips li").first().textContent()) ?? "";
    expect(await api(`/v1/namespaces/links/keys/${made}`)).toMatchObject({ state: "USED" });
    await field("Key").fill("my-own");
    await page.getByRole("button", { name: "Claim" }).click();
    await page.getByText("used", { exact: true }).waitFor();
    await look("keys");
  });

  test("a lock is held by a session of the page, and given back", async () => {
    await open("locks/billing", "billing");
    await page.getByRole("button", { name: "Open a session" }).click();
    await field("Lock").fill("nightly");
    await page.getByRole("button", { name: "Try to acquire" }).click();
    await page.getByRole("link", { name: "nightly" }).waitFor();
    expect(await api("/v1/locks/billing/locks/nightly")).toMatchObject({ holders: [{ state: "HELD" }] });
    await look("locks");
    await page.getByRole("button", { name: "Release" }).click();
    await page.getByText("No lock is held").waitFor();
    await page.getByRole("button", { name: "Close the session" }).click();
    await page.getByText("Nobody is connected").waitFor();
  });

  test("two tabs type into one document and see each other", async () => {
    await open("documents", "Documents");
    await field("Document").fill("notes");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByText("live", { exact: true }).waitFor();
    const other = await page.context().newPage();
    await other.goto(`${node.url}/#/documents/notes`);
    await other.getByText("live", { exact: true }).waitFor();
    const here = page.getByRole("textbox", { name: "Text of notes" });
    const there = other.getByRole("textbox", { name: "Text of notes" });
    await here.click();
    await page.keyboard.type("hello");
    await there.getByText("hello").waitFor();
    await there.click();
    await other.keyboard.press("Control+End");
    await other.keyboard.type(" from the other tab");
    await expect.poll(() => here.textContent()).toContain("hello from the other tab");
    await expect.poll(() => page.locator(".cm-ySelectionCaret").count()).toBe(1);
    await expect.poll(() => page.getByRole("list", { name: "Who is here" }).getByRole("listitem").count()).toBe(2);
    await expect
      .poll(async () => JSON.stringify(await api("/v1/documents/notes:read?root=codemirror")))
      .toContain("hello from the other tab");
    await other.close();
    await look("documents");
  });

  test("a slider goes through the past of a document, which is compared, named and restored by the keyboard alone", async () => {
    const { version: empty } = await api<{ version: string }>("/v1/documents/minutes:edit", { steps: [{ root: "codemirror", insertText: { text: "Present: Ana, Bo" } }] });
    await api("/v1/documents/minutes:edit", { steps: [{ root: "codemirror", insertText: { index: 16, text: ", Cy" } }] });
    await api("/v1/documents/minutes:edit", { steps: [{ root: "codemirror", delete: { index: 0, length: 9 } }] });
    const text = async (): Promise<string> => (await api<{ content: string }>("/v1/documents/minutes:read?root=codemirror")).content;
    await open("documents/minutes", "minutes");
    await page.getByText("live", { exact: true }).waitFor();
    const { versions: runs } = await api<{ versions: unknown[] }>("/v1/documents/minutes/versions");
    const slider = page.getByRole("slider", { name: "Version" });
    await expect.poll(() => slider.getAttribute("max")).toBe(String(runs.length - 1));
    await page.getByRole("checkbox", { name: "Every update by itself" }).check();
    await expect.poll(() => slider.getAttribute("max")).toBe("2");
    expect(await slider.getAttribute("aria-valuetext")).toMatch(/^Version 3 of /);
    expect(await page.getByRole("button", { name: "Restore this version" }).isDisabled()).toBe(true);
    await page.getByRole("region", { name: "Text of version 3" }).getByText("Ana, Bo, Cy").waitFor();
    await slider.focus();
    await page.keyboard.press("Home");
    await page.getByRole("region", { name: "Text of version 1" }).getByText("Present: Ana, Bo", { exact: true }).waitFor();
    expect(await slider.getAttribute("aria-valuetext")).toMatch(/^Version 1 of .+ by nobody in particular$/);
    await page.keyboard.press("ArrowRight");
    await page.getByRole("region", { name: "Text of version 2" }).getByText("Present: Ana, Bo, Cy").waitFor();
    await page.getByRole("button", { name: "What changed" }).click();
    await page.locator(".past ins").getByText(", Cy", { exact: true }).waitFor();
    await field("Name of this version").fill("all were there");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "all were there", exact: true }).waitFor();
    expect(await api("/v1/documents/minutes/names")).toMatchObject({ names: [{ name: "all were there", version: "2" }] });
    // What somebody else writes meanwhile moves nobody's slider.
    await slider.focus();
    await api("/v1/documents/minutes:edit", { steps: [{ root: "codemirror", insertText: { text: "All: " } }] });
    await expect.poll(() => slider.getAttribute("max")).toBe("3");
    expect(await slider.getAttribute("aria-valuetext")).toMatch(/^Version 2 of .+ named all were there$/);
    expect(await slider.evaluate((at) => at === document.activeElement)).toBe(true);
    await look("history");
    await slider.press("Home");
    await expect.poll(() => slider.getAttribute("aria-valuetext")).toMatch(/^Version 1 /);
    await walk.button("all were there").click();
    await expect.poll(() => slider.getAttribute("aria-valuetext")).toMatch(/^Version 2 /);
    await page.getByRole("button", { name: "Restore this version" }).click();
    const sure = page.getByRole("button", { name: "Restore it" });
    expect(await sure.isDisabled()).toBe(true);
    await field("Type minutes to go on").fill("minutes");
    await page.keyboard.press("Enter");
    await expect.poll(text).toBe("Present: Ana, Bo, Cy");
    await page.getByRole("textbox", { name: "Text of minutes" }).getByText("Present: Ana, Bo, Cy").waitFor();
    await page.getByRole("button", { name: "Remove the name all were there" }).click();
    await page.getByRole("heading", { name: "Named versions" }).waitFor({ state: "hidden" });
    expect((await api<{ names: unknown[] }>("/v1/documents/minutes/names")).names ?? []).toEqual([]);
    expect(empty).toBe("1");
  });

  test("two users write to each other in two tabs", async () => {
    const other = await page.context().newPage();
    try {
      other.setDefaultTimeout(60_000);
      await open("messaging", "Messaging");
      await field("User").fill("ana");
      await page.getByRole("button", { name: "Open the inbox" }).click();
      await page.getByRole("heading", { level: 1, name: "Inbox of ana" }).waitFor();
      await field("To").fill("bo");
      await page.getByRole("button", { name: "Begin" }).click();
      await page.getByRole("heading", { level: 1, name: "bo", exact: true }).waitFor();
      await page.getByText("live", { exact: true }).waitFor();
      await other.goto(`${node.url}/#/messaging/bo`);
      await other.getByText("live", { exact: true }).waitFor();
      await field("Message").fill("Hello, bo");
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByText("Hello, bo").waitFor();
      await other.getByRole("cell", { name: "1", exact: true }).first().waitFor();
      await other.getByRole("link", { name: "ana" }).click();
      await other.getByText("Hello, bo").waitFor();
      await other.getByText("live", { exact: true }).waitFor();
      await other.getByLabel("Message", { exact: true }).fill("Hello, ana");
      await other.getByRole("button", { name: "Send" }).click();
      await page.getByText("Hello, ana").waitFor();
      await page.getByRole("button", { name: "👍" }).last().click();
      await page.getByText("👍 1").waitFor();
      await page.getByRole("button", { name: "Take back" }).click();
      await page.getByText("taken back").waitFor();
      await expect
        .poll(async () => (await api<{ totalUnread: string }>("/v1/inboxes/bo/chats")).totalUnread)
        .toBe("0");
      await look("messaging");
      await open("messaging/ana", "Inbox of ana");
      await field("Group").fill("team");
      await field("Members").fill("bo cy");
      await page.getByRole("button", { name: "Make it" }).click();
      await page.getByRole("heading", { level: 1, name: "team" }).waitFor();
      const { members } = await api<{ members: { user: string }[] }>("/v1/conversations/team/members?user=ana");
      expect(members.map(({ user }) => user).sort()).toEqual(["ana", "bo", "cy"]);
    } finally {
      await other.close();
    }
  });

  test("any method is called from its contract, and watched", async () => {
    await open("explorer/Leaderboards/SubmitScore", "Explorer");
    await field("board (required)").fill("goals");
    await field("Body, JSON").fill('{"member":"cleo","score":11}');
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("200", { exact: true }).waitFor();
    expect(await api("/v1/boards/goals/entries/cleo")).toMatchObject({ rank: 1 });
    await page.getByRole("button", { name: "TypeScript" }).click();
    await page.getByText("client.leaderboard.submitScore(").waitFor();
    await look("explorer");
    await field("Search").fill("watch board");
    await open("explorer/Leaderboards/WatchBoard", "Explorer");
    await field("board (required)").fill("goals");
    await page.getByRole("button", { name: "Watch" }).click();
    await page.getByText('"opened"').waitFor();
    await api("/v1/boards/goals/scores", { member: "dora", score: 12 });
    await page.getByText('"dora"').waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
  });

  test("a checkpoint is taken, and a service is rebuilt beside itself without a difference", async () => {
    await open("data", "Data");
    await page.getByRole("button", { name: "Take and verify one" }).click();
    await page.getByText("done", { exact: true }).waitFor();
    await field("Service").selectOption("leaderboard");
    await page.getByRole("button", { name: "Rebuild beside" }).click();
    await expect.poll(() => page.getByText("done", { exact: true }).count(), { timeout: 60_000 }).toBe(2);
    await look("data");
  });

  test("a project is made, and what was done is audited", async () => {
    await open("access", "Access");
    await field("New project").fill("shop");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByText("shop", { exact: true }).waitFor();
    expect(await api("/v1/projects/shop")).toMatchObject({ project: "shop" });
    await page.getByRole("cell", { name: /CreateProject/ }).waitFor();
    await look("access");
    for (let i = 0; i < 52; i++) await api(`/v1/projects/p-${i}`, {});
    await page.reload();
    const projects = page.locator('section[aria-label="Projects"]');
    await projects.getByText("p-0", { exact: true }).waitFor();
    await projects.getByRole("button", { name: "Next page" }).click();
    await projects.getByText("shop", { exact: true }).waitFor();
    await projects.getByRole("button", { name: "First page" }).click();
    await projects.getByText("p-0", { exact: true }).waitFor();
  });

  test("boards and standings are turned page by page", async () => {
    for (let i = 0; i < 55; i++) await api(`/v1/boards/many-${i}/scores`, { member: "ada", score: 1 });
    const scores = Array.from({ length: 120 }, (_, i) => ({ member: `m${i}`, score: i }));
    await api("/v1/boards/wide/scores:batch", { scores });
    await open("leaderboard", "Leaderboards");
    const boards = page.getByRole("region", { name: "Boards" });
    const first = await boards.getByRole("link").first().textContent();
    await walk.button("Next page").click();
    await boards.getByRole("link", { name: first ?? "", exact: true }).waitFor({ state: "hidden" });
    await walk.button("First page").click();
    await boards.getByRole("link", { name: first ?? "", exact: true }).waitFor();
    await open("leaderboard/wide", "wide");
    await walk.button("Next").click();
    await page.getByText("from rank 51 of 120").waitFor();
    await page.getByRole("button", { name: "m69", exact: true }).waitFor();
    await walk.button("Previous").click();
    await page.getByText("from rank 1 of 120").waitFor();
    await field("Member").last().fill("m50");
    await walk.button("Show").click();
    await page.getByRole("region", { name: "Around m50" }).getByRole("row", { name: "70 m50 50" }).waitFor();
  });

  test("a long log is made in pieces: few rows are there, and each can be scrolled to", async () => {
    const submit = (from: number): Promise<unknown> =>
      Promise.all(Array.from({ length: 120 }, (_, i) => api("/v1/boards/long/scores", { member: `m${from + i}`, score: 1 })));
    await submit(0);
    const { partitions } = await api<{ partitions: { name: string }[] }>("/readyz");
    const pages = await Promise.all(
      partitions
        .filter(({ name }) => name.startsWith("leaderboard/"))
        .map(async ({ name }) => ({ name, ...(await api<{ events: unknown[] }>(`/v1/operations/services/leaderboard/partitions/${name.split("/")[1]}/events?key=long`)) })),
    );
    const holder = pages.find(({ events }) => events.length > 0)?.name ?? expect.fail("no partition has it");
    await open(`log/${holder}/long`, "Log");
    expect(await field("Key").inputValue()).toBe("long");
    const table = page.getByRole("table");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(100);
    await submit(120);
    await expect.poll(async () => Number(await table.getAttribute("aria-rowcount")), { timeout: 60_000 }).toBe(221);
    expect(await page.locator("tbody tr:not(.gap)").count()).toBeLessThan(151);
    await expect
      .poll(async () => {
        await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
        return page.locator('tr[aria-rowindex="221"]').count();
      })
      .toBe(1);
    await walk.button("Stop").click();
    // The latest hundred, all of them there: from here on the first row changes with the page alone.
    await expect.poll(() => table.getAttribute("aria-rowcount")).toBeNull();
    const [service, number] = holder.split("/");
    const { events } = await api<{ events: { offset: number }[] }>(`/v1/operations/services/${service}/partitions/${number}/events?key=long&from=0&limit=1`);
    const oldest = walk.button(String(events[0]?.offset));
    const newest = (): Promise<string | null> => page.locator("tbody tr button").first().textContent();
    while (!(await oldest.isVisible())) {
      const shown = await newest();
      await walk.button("Older").click();
      await expect.poll(newest).not.toBe(shown);
    }
    await walk.button("Newer").click();
    await page.getByRole("cell", { name: /"member":"m\d+"/ }).first().waitFor();
    await walk.button("Follow").click();
    await page.getByText("following", { exact: true }).waitFor();
  });

  test("a job is put off, cancelled or tried again by itself, and a queue goes by its name", async () => {
    await api("/v1/queues/mixed/jobs", { job: { type: "now", payload: "e30=" } });
    for (let i = 0; i < 55; i++) await api("/v1/queues/mixed/jobs", { job: { type: `later-${i}`, payload: "e30=", delayMs: 3_600_000 } });
    await fetch(`${node.url}/v1/queues/mixed/schedules/nightly`, {
      method: "PUT",
      body: JSON.stringify({ cron: "0 3 * * *", timeZone: "Europe/Berlin", job: { type: "report" } }),
      headers: { "content-type": "application/json" },
    });
    await open("jobs/mixed", "mixed");
    await page.getByRole("row", { name: /^nightly 0 3 \* \* \* in / }).waitFor();
    await walk.button("scheduled").click();
    await walk.button("Next page").click();
    await page.getByRole("cell", { name: "later-54", exact: true }).waitFor();
    await walk.button("First page").click();
    await page.getByRole("cell", { name: "later-0", exact: true }).waitFor();
    for (const state of ["done", "blocked", "running"]) await walk.button(state).click();
    const { jobs } = await api<{ jobs: { job: string; token: string }[] }>("/v1/queues/mixed/jobs:fetch", { worker: "w", max: 1 });
    const { job, token } = jobs[0] ?? expect.fail("no job was fetched");
    await page.getByRole("row", { name: /now/ }).waitFor();
    await api("/v1/queues/mixed/jobs:report", { reports: [{ job, token, failed: { error: "the disk is full", forGood: true } }] });
    await walk.button("dead").click();
    await page.getByRole("row", { name: /the disk is full/ }).getByRole("button", { name: "Requeue" }).click();
    await expect.poll(async () => (await api<{ figures: { ready: string } }>("/v1/queues/mixed")).figures.ready).toBe("1");
    await walk.button("ready").click();
    await page.getByRole("row", { name: /now/ }).getByRole("button", { name: "Cancel" }).click();
    await expect.poll(async () => (await api<{ figures: { ready: string } }>("/v1/queues/mixed")).figures.ready).toBe("0");
    await walk.button("Delete").click();
    await walk.button("Keep it").click();
    await walk.button("Delete").click();
    await field("Type mixed to go on").fill("mixed");
    await walk.button("Delete the queue").click();
    await page.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
    expect((await fetch(`${node.url}/v1/queues/mixed`)).status).toBe(404);
  });

  test("a key is looked up, and a namespace goes by its name", async () => {
    await open("keys", "Keys");
    await field("Namespace").fill("codes");
    await page.getByRole("combobox", { name: "Order" }).selectOption("SEQUENTIAL");
    await field("Length, characters").fill("8");
    await page.getByRole("checkbox", { name: "A check character at the end" }).check();
    await walk.button("Create").click();
    await page.getByRole("heading", { level: 1, name: "codes" }).waitFor();
    expect(await api("/v1/namespaces/codes")).toMatchObject({ settings: { order: "SEQUENTIAL", length: 8, checkCharacter: true } });
    await walk.button("Next five").click();
    await expect.poll(() => page.locator(".chips li").count()).toBe(5);
    await field("Key").fill((await page.locator(".chips li").first().textContent()) ?? "");
    await walk.button("Look up").click();
    await page.getByText("used", { exact: true }).waitFor();
    await walk.button("Delete").click();
    await field("Type codes to go on").fill("codes");
    await walk.button("Delete the namespace").click();
    await page.getByRole("heading", { level: 1, name: "Keys" }).waitFor();
    expect((await fetch(`${node.url}/v1/namespaces/codes`)).status).toBe(404);
  });

  test("who holds a lock and who waits is seen, in order", async () => {
    await open("locks", "Locks");
    await field("Go to a space").fill("rooms");
    await walk.button("Open").click();
    await page.getByRole("heading", { level: 1, name: "rooms" }).waitFor();
    // What the page offers where there is nothing does what it says.
    await page.getByText(/sessions' --json/).waitFor();
    for (const session of ["ana", "bo"]) {
      await api("/v1/locks/rooms/sessions", { session, ttlMs: 60_000 });
      void api("/v1/locks/rooms/claims", { session, lock: "door" }).catch(() => undefined);
      await expect.poll(async () => (await fetch(`${node.url}/v1/locks/rooms/locks/door/claims/${session}`)).status).toBe(200);
    }
    await page.getByRole("link", { name: "door" }).click();
    await page.getByRole("row", { name: /^held ana/ }).waitFor();
    await page.getByRole("row", { name: /^waiting bo/ }).waitFor();
    await look("lock");
    await api("/v1/locks/rooms/claims:release", { session: "ana", lock: "door" });
    await page.getByRole("row", { name: /^held bo/ }).waitFor();
  });

  test("earlier messages of a long conversation are a button away", async () => {
    for (let i = 1; i <= 60; i++) {
      await api("/v1/conversations/direct~lea~max/messages", { user: "lea", device: "d", clientMessageId: `${i}`, content: { text: `Line ${i}.` } });
    }
    await open("messaging/max/direct~lea~max", "lea");
    await page.getByText("Line 60.").waitFor();
    expect(await page.getByText("Line 10.", { exact: true }).count()).toBe(0);
    await walk.button("Earlier messages").click();
    await page.getByText("Line 1.", { exact: true }).waitFor();
    await walk.button("Earlier messages").waitFor({ state: "hidden" });
  });

  test("what was refused for good is tried again or dropped", async () => {
    await api("/v1/boards/sums/scores", { member: "ada", score: 1, operator: "SUM" });
    await api("/v1/members/ada/scores", { boards: ["sums"], score: 2, operator: "BEST" });
    const letters = async (): Promise<number> => (await api<{ deadLetters: unknown[] }>("/v1/operations/services/leaderboard/deadLetters")).deadLetters.length;
    await expect.poll(letters).toBe(1);
    await open("data", "Data");
    const row = page.getByRole("region", { name: "Dead letters" }).last().getByRole("row", { name: /FAILED_PRECONDITION/ });
    await row.waitFor();
    await look("dead-letters");
    await row.getByRole("button", { name: "Retry" }).click();
    await page.getByRole("alert").waitFor();
    expect(await letters()).toBe(1);
    await row.getByRole("button", { name: "Drop" }).click();
    await field("Type leaderboard to go on").fill("leaderboard");
    await walk.button("Drop it").click();
    await expect.poll(letters).toBe(0);
    await page.getByRole("heading", { name: "None" }).waitFor();
    for (let i = 0; i < 52; i++) await api("/v1/members/ada/scores", { boards: ["sums"], score: 2, operator: "BEST" });
    await expect.poll(letters).toBe(52);
    const card = page.locator('section[aria-label="Dead letters"]');
    const rows = card.getByRole("cell", { name: "leaderboard", exact: true });
    await expect.poll(() => rows.count()).toBe(50);
    await card.getByRole("button", { name: "Next page" }).click();
    await expect.poll(() => rows.count()).toBe(2);
    await card.getByRole("button", { name: "First page" }).click();
    await expect.poll(() => rows.count()).toBe(50);
  });

  test("a key is revoked by its name", async () => {
    const permissions = [{ service: "leaderboard", access: ["READ"] }];
    for (let i = 0; i < 52; i++) await api(`/v1/apiKeys/web-${i}`, { permissions });
    await api("/v1/apiKeys/a-web", { permissions });
    await open("access", "Access");
    const row = page.getByRole("row", { name: /^a-web / });
    await row.getByText("valid").waitFor();
    await look("keys-of-access");
    await row.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("textbox", { name: /^Type .* to go on$/ }).fill("a-web");
    await walk.button("Revoke the key").click();
    await row.getByText("revoked").waitFor();
    expect(JSON.stringify(await api("/v1/apiKeys"))).toContain("revokeTime");
    for (const list of ["API keys", "What was done and refused"]) {
      const card = page.locator(`section[aria-label="${list}"]`);
      await card.getByRole("button", { name: "Next page" }).click();
      await card.getByRole("button", { name: "First page" }).click();
      await expect.poll(() => card.getByRole("button", { name: "First page" }).isDisabled()).toBe(true);
    }
  });

  test("the explorer begins with a score, and has each call in three languages to copy", async () => {
    await open("explorer", "Explorer");
    await walk.button("Begin with a score").click();
    await page.getByText("Leaderboards.SubmitScore").waitFor();
    await walk.button("Java").click();
    await page.getByText("LeaderboardsGrpc.newBlockingStub").waitFor();
    await walk.button("curl").click();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy the code" }).click();
    await page.getByText("Copied").waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^curl '/);
  });

  test("a document is opened by its name, and deleted by typing it", async () => {
    await api("/v1/documents/scrap:edit", { steps: [{ root: "codemirror", insertText: { text: "away with it" } }] });
    await open("documents/scrap", "scrap");
    await page.getByRole("region", { name: /^Text of version/ }).getByText("away with it").waitFor();
    await walk.button("What changed").click();
    await walk.button("Text").click();
    await walk.button("Delete").click();
    await field("Type scrap to go on").fill("scrap");
    await walk.button("Delete the document").click();
    await page.getByRole("heading", { level: 1, name: "Documents" }).waitFor();
    expect((await fetch(`${node.url}/v1/documents/scrap`)).status).toBe(404);
  });

  test("no page of an empty project is without a word on how to fill it", async () => {
    const empty = await NodeProcess.start();
    const tab = await browser.newPage();
    try {
      tab.setDefaultTimeout(60_000);
      for (const at of ["documents", "access", "cluster"]) {
        await tab.goto(`${empty.url}/#/${at}`);
        await tab.locator(".empty .code code").first().waitFor();
      }
      // And what it says is true: the command as it stands there fills the page.
      const filled = { leaderboard: "goals", jobs: "mail", keys: "links", locks: "billing", "locks/rooms": "nightly", "messaging/ana": "bo" };
      for (const [at, link] of Object.entries(filled)) {
        await tab.goto(`${empty.url}/#/${at}`);
        const command = (await tab.locator(".empty .code code").textContent()) ?? "";
        expect(command).toMatch(/^curl '/);
        for (const [, url, body] of command.matchAll(/curl '([^']+)' --json '([^']+)'/g)) {
          const answer = await fetch(url ?? "", { method: "POST", body: body ?? "", headers: { "content-type": "application/json" } });
          expect(answer.status, `${url} ${body}`).toBe(200);
        }
        await tab.reload();
        await tab.getByRole("link", { name: link, exact: true }).waitFor();
      }
    } finally {
      await tab.close();
      await empty.close();
    }
  });

  test("who signs in is known until it signs out, by a cookie that no script can read", async () => {
    const guarded = await NodeProcess.start("--credentials");
    const context = await walk.another();
    try {
      const tab = await context.newPage();
      tab.setDefaultTimeout(60_000);
      await tab.goto(`${guarded.url}/#/access`);
      const dialog = tab.getByRole("dialog", { name: "Sign in" });
      const key = dialog.getByLabel("API key");
      await key.fill("made-up");
      await dialog.getByRole("button", { name: "Sign in" }).click();
      await dialog.getByRole("alert").waitFor();
      await key.fill(readFileSync(`${guarded.data}/operator.token`, "utf8").trim());
      await dialog.getByRole("button", { name: "Sign in" }).click();
      await dialog.waitFor({ state: "hidden" });
      expect(await tab.evaluate(() => document.cookie)).toBe("");
      await tab.reload();
      await tab.getByRole("button", { name: "Sign out" }).waitFor();
      await tab.goto(`${guarded.url}/#/leaderboard`);
      await tab.getByLabel("Board", { exact: true }).fill("signed");
      await tab.getByLabel("Member", { exact: true }).fill("ada");
      await tab.getByLabel("Score", { exact: true }).fill("7");
      await tab.getByRole("button", { name: "Submit" }).click();
      await tab.getByRole("heading", { level: 1, name: "signed" }).waitFor();
      await tab.getByRole("button", { name: "Sign out" }).click();
      await dialog.waitFor();
    } finally {
      await context.close();
      await guarded.close();
    }
  });

  test("on a phone nothing is wider than the screen", async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    for (const [path, title] of [["", "Overview"], ["leaderboard/goals", "goals"], ["jobs/mail", "mail"], ["documents/minutes", "minutes"], ["tour/2", "Tour"], ["explorer/Leaderboards/SubmitScore", "Explorer"]] as const) {
      await open(path, title);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(390);
      await page.screenshot({ path: `${SHOTS}/phone-${title}.png` });
    }
    await page.setViewportSize({ width: 1280, height: 860 });
  });

  test("a node that is killed is missed, and the page goes on when it is back", async () => {
    const { partitions } = await api<{ partitions: { name: string }[] }>("/readyz");
    const holders = await Promise.all(
      partitions
        .filter(({ name }) => name.startsWith("leaderboard/"))
        .map(async ({ name }) => ({ name, ...(await api<{ events: unknown[] }>(`/v1/operations/services/leaderboard/partitions/${name.split("/")[1]}/events?key=goals`)) })),
    );
    const log = await page.context().newPage();
    log.setDefaultTimeout(60_000);
    await log.goto(`${node.url}/#/log/${holders.find(({ events }) => events.length > 0)?.name}/goals`);
    await log.getByRole("cell", { name: /"cleo"/ }).first().waitFor();
    const place = log.locator("tbody tr").first().getByRole("button");
    const offset = (await place.textContent()) ?? "";
    await place.click();
    await log.getByText(/^curl '/).waitFor();
    await open("leaderboard/goals", "goals");
    await page.getByText("live", { exact: true }).waitFor();
    await node.kill();
    await page.getByText("The node cannot be reached").waitFor();
    await node.up();
    await page.getByText("The node cannot be reached").waitFor({ state: "hidden" });
    await page.getByText("live", { exact: true }).waitFor();
    await api("/v1/boards/goals/scores", { member: "eve", score: 99 });
    await page.getByRole("button", { name: "eve" }).waitFor();
    // The log goes on behind what it showed, and what was opened there is open still.
    await log.getByRole("cell", { name: /"eve"/ }).waitFor();
    expect(await log.getByRole("button", { name: offset, exact: true }).getAttribute("aria-expanded")).toBe("true");
    await log.close();
  });

  test("no button of these pages was left unpressed", () => {
    // The tour is only looked at here; pages-tour.test.ts takes it.
    expect(walk.unpressed().filter((name) => !name.startsWith("tour:"))).toEqual([]);
  });
});
