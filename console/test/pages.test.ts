import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { NodeProcess } from "../../clients/typescript/test/node.ts";

/** Every page in a real browser on a real node: each control has its effect on the page and in the API. */
const CHROMIUM = process.env["CHROMIUM"] ?? "";
const missing = NodeProcess.missing || (CHROMIUM ? false : "CHROMIUM says where a Chromium is; mvn sets it");
if (missing) console.log(`the pages were not walked: ${missing}`);

const SHOTS = "target/screenshots";
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

let node: NodeProcess;
let browser: Browser;
let page: Page;
const faults: string[] = [];

async function api<T>(path: string, body?: unknown): Promise<T> {
  const answer = await fetch(node.url + path, body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  expect(answer.ok, await answer.clone().text()).toBe(true);
  return (await answer.json()) as T;
}

async function open(path: string, title: string): Promise<void> {
  await page.goto(`${node.url}/#/${path}`);
  await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
}

/** What somebody types into or chooses from, by its label. */
function field(label: string): Locator {
  return page.getByLabel(label, { exact: true }).and(page.locator("input, textarea, select"));
}

/** No serious finding for those who use a keyboard or a screen reader, in both themes; a picture of each. */
async function look(name: string): Promise<void> {
  for (const theme of ["light", "dark"] as const) {
    const other = page.getByRole("button", { name: theme === "dark" ? "Dark theme" : "Light theme" });
    if (await other.isVisible()) await other.click();
    await page.addScriptTag({ path: AXE });
    const serious = await page.evaluate(async () => {
      const axe = (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }).axe;
      const { violations } = await axe.run();
      return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    });
    expect(serious, `${name}, ${theme}`).toEqual([]);
    await page.screenshot({ path: `${SHOTS}/${name}-${theme}.png` });
  }
}

describe.skipIf(missing)("the console", () => {
  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    node = await NodeProcess.start();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    // The test brings a script of its own to look for findings; the page's policy allows none but its own.
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, bypassCSP: true, reducedMotion: "reduce" });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on("pageerror", (e) => faults.push(e.message));
    page.on("request", (request) => {
      if (new URL(request.url()).host !== new URL(node.url).host) faults.push(`a request to ${request.url()}`);
    });
  });
  afterAll(async () => {
    await browser?.close();
    await node?.close();
    expect(faults).toEqual([]);
  });
  beforeEach(() => faults.splice(0));

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
  });

  test("who signs in is known until it signs out, by a cookie that no script can read", async () => {
    const guarded = await NodeProcess.start("--credentials");
    const context = await browser.newContext();
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
    for (const [path, title] of [["", "Overview"], ["leaderboard/goals", "goals"], ["jobs/mail", "mail"], ["explorer/Leaderboards/SubmitScore", "Explorer"]] as const) {
      await open(path, title);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(390);
      await page.screenshot({ path: `${SHOTS}/phone-${title}.png` });
    }
    await page.setViewportSize({ width: 1280, height: 860 });
  });

  test("a node that is killed is missed, and the page goes on when it is back", async () => {
    await open("leaderboard/goals", "goals");
    await page.getByText("live", { exact: true }).waitFor();
    await node.kill();
    await page.getByText("The node cannot be reached").waitFor();
    await node.up();
    await page.getByText("The node cannot be reached").waitFor({ state: "hidden" });
    await page.getByText("live", { exact: true }).waitFor();
    await api("/v1/boards/goals/scores", { member: "eve", score: 99 });
    await page.getByRole("button", { name: "eve" }).waitFor();
  });
});
