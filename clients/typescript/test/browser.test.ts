import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { NodeProcess } from "./node.js";

const CHROMIUM = process.env["THALWEG_CHROMIUM"] ?? "/usr/bin/chromium";

/** What the page does; the bundle is what is published, as a page loads it. */
const PAGE = `<!doctype html><title>client</title><script type="module">
  import { ThalwegClient, ResyncError } from "./thalweg.min.js";
  const state = (window.state = { members: [], opened: 0, lost: 0 });
  const client = (window.client = new ThalwegClient({
    url: new URLSearchParams(location.search).get("node"),
    timeoutMs: 120000,
    retries: { maxAttempts: 100, maxPauseMs: 2000, budgetFloorPerSecond: 100 },
  }));
  const controller = new AbortController();
  window.stop = () => controller.abort();
  window.watch = async (board) => {
    const options = { signal: controller.signal, onOpen: () => state.opened++, onLost: () => state.lost++ };
    for await (const event of client.leaderboard.watchBoard({ board, after: "0" }, options)) {
      for (const standing of event.scoresSubmitted?.standings ?? []) state.members.push(standing.member);
    }
    state.ended = true;
  };
  window.resyncs = async (board) => {
    try {
      for await (const event of client.leaderboard.watchBoard({ board, after: "77-0-1" })) return event.position;
    } catch (e) {
      return e instanceof ResyncError || e.code;
    }
  };
  window.ready = true;
</script>`;

interface Page {
  state: { members: string[]; opened: number; lost: number; ended?: boolean };
  ready?: boolean;
  client: import("../src/index.js").ThalwegClient;
  watch(board: string): Promise<void>;
  resyncs(board: string): Promise<unknown>;
  stop(): void;
}
declare const window: Page;

const missing =
  NodeProcess.missing || (existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM}; THALWEG_CHROMIUM names another`);

test("a page of another origin submits, reads and watches, through a kill of the node", { skip: missing }, async (t) => {
  const site = createServer((request, response) => {
    const isBundle = request.url?.startsWith("/thalweg.min.js");
    response.setHeader("content-type", isBundle ? "text/javascript" : "text/html");
    response.end(isBundle ? readFileSync("dist/thalweg.min.js") : PAGE);
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  t.after(() => {
    site.close();
    site.closeAllConnections();
  });
  const origin = `http://localhost:${(site.address() as AddressInfo).port}`;
  const node = await NodeProcess.start("--cors-origins", origin);
  t.after(() => node.close());
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    timeout: 120_000,
    // Nothing from outside is shown, and a container's root can have no sandbox.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
  });
  t.after(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(`${origin}/?node=${encodeURIComponent(node.url)}`);
  await page.waitForFunction(() => window.ready);

  const submit = (from: number, count: number): Promise<number> =>
    page.evaluate(
      async ([first, many]) => {
        let rank = 0;
        for (let i = first; i < first + many; i++) {
          const score = { board: "goals", member: `m${i}`, score: 1000 - i };
          rank = (await window.client.leaderboard.submitScore(score)).rank;
        }
        return rank;
      },
      [from, count] as const,
    );

  assert.equal(await submit(0, 20), 20);
  await page.evaluate(() => void window.watch("goals"));
  await page.waitForFunction(() => window.state.members.length === 20);
  const submitting = submit(20, 60);
  await page.waitForFunction(() => window.state.members.length >= 30);
  await node.kill();
  await page.waitForFunction(() => window.state.lost > 0);
  await node.up();
  assert.equal(await submitting, 80);
  await page.waitForFunction(() => window.state.members.length >= 80);

  const expected = Array.from({ length: 80 }, (_, i) => `m${i}`);
  assert.deepEqual(await page.evaluate(() => window.state.members), expected);
  assert.ok((await page.evaluate(() => window.state.opened)) >= 2);
  const top = await page.evaluate(() => window.client.leaderboard.listEntries({ board: "goals", pageSize: 100 }));
  assert.deepEqual(top.entries.map((e) => e.member), expected);
  const refused = await page.evaluate(() =>
    window.client.leaderboard.getBoard({ board: "none" }).catch((e: { code: string; status: number }) => [e.code, e.status]),
  );
  assert.deepEqual(refused, ["NOT_FOUND", 404]);
  assert.equal(await page.evaluate(() => window.resyncs("goals")), true);
  await page.evaluate(() => window.stop());
  await page.waitForFunction(() => window.state.ended);
  assert.deepEqual(problems, []);
});
