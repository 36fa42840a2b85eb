import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type leaderboard, positionOf, ResyncError, ThalwegClient, ThalwegError } from "../src/index.js";
import { NodeProcess } from "./node.js";
import { Proxy } from "./proxy.js";

const SUM = { operator: "SUM" } as const;
// A busy machine starts a node in seconds, not in moments.
const PATIENT = { timeoutMs: 120_000, retries: { maxAttempts: 100, maxPauseMs: 2_000, budgetFloorPerSecond: 100 } };

const members = (event: leaderboard.BoardEvent): string[] =>
  event.scoresSubmitted?.standings.map((s) => s.member) ?? [];

/** The members of a board's submits, in the order of the events, until there are `count`. */
async function watchMembers(events: AsyncIterable<leaderboard.BoardEvent>, count: number, each: (seen: number) => void = () => undefined) {
  const seen: string[] = [];
  for await (const event of events) {
    seen.push(...members(event));
    each(seen.length);
    if (seen.length >= count) break;
  }
  return seen;
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${i}`);

describe("against a node", { skip: NodeProcess.missing }, () => {
  let node: NodeProcess;
  let client: ThalwegClient;

  before(async () => {
    node = await NodeProcess.start();
    client = new ThalwegClient({ url: node.url, ...PATIENT });
  });
  after(() => node.close());

  test("scores are submitted and read, with the types of the contract", async () => {
    const board = "types / ü?#%:batch";
    assert.equal((await client.leaderboard.createBoard({ board, settings: { operator: "LAST", memberCap: 10 } })).settings?.operator, "LAST");
    assert.equal((await client.leaderboard.submitScore({ board, member: "ana", score: 4200.5 })).rank, 1);
    await client.leaderboard.submitScores({ board, scores: [{ member: "bo:x/", score: 5 }, { member: "cy", score: 7 }] });
    const { entries } = await client.leaderboard.listEntries({ board, pageSize: 2 });
    assert.deepEqual(entries.map((e) => [e.member, e.score, e.rank]), [["ana", 4200.5, 1], ["cy", 7, 2]]);
    assert.equal((await client.leaderboard.getEntry({ board, member: "bo:x/" })).rank, 3);
    assert.equal((await client.leaderboard.listEntriesAround({ board, member: "cy", count: 1 })).entries.length, 3);
    assert.equal((await client.leaderboard.batchGetEntries({ board, members: ["cy", "nobody"] })).entries.length, 1);
    assert.equal((await client.leaderboard.countEntries({ board, minScore: 6 })).count, 2);
    await client.leaderboard.submitScores({
      board,
      import: { source: "s", afterRow: 0, lastRow: 3n },
      scores: [{ member: "d", score: 1 }],
    });
    assert.equal((await client.leaderboard.getImportMark({ board, source: "s" })).row, "3");
    assert.equal((await client.leaderboard.updateBoard({ board, ranking: "DENSE" })).settings?.ranking, "DENSE");
    assert.equal((await client.leaderboard.resetBoard({ board })).memberCount, 0);
    assert.equal((await client.leaderboard.listSeasons({ board })).seasons.length, 1);
    assert.equal((await client.leaderboard.getSeason({ board, season: 1 })).memberCount, 4);
    await client.leaderboard.deleteBoard({ board });
    await assert.rejects(client.leaderboard.getBoard({ board }), { code: "NOT_FOUND", status: 404 });
  });

  test("a refusal names the field", async () => {
    const call = client.leaderboard.submitScore({ board: "b".repeat(129), member: "m", score: 1 });
    await assert.rejects(call, (e: ThalwegError) => e.code === "INVALID_ARGUMENT" && e.fieldViolations[0]?.field === "board");
  });

  test("a command is executed once under its name", async () => {
    const request = { board: "once", member: "m", score: 1 };
    await client.leaderboard.createBoard({ board: "once", settings: SUM });
    for (let i = 0; i < 3; i++) await client.leaderboard.submitScore(request, { requestName: "round-1" });
    await client.leaderboard.submitScore(request);
    assert.equal((await client.leaderboard.getEntry({ board: "once", member: "m" })).score, 2);
  });

  test("commands whose answers are lost are executed once each", async (t) => {
    const proxy = await Proxy.start(node.url, (connection) => (connection % 2 ? 0 : 400));
    t.after(() => proxy.close());
    const far = new ThalwegClient({ url: proxy.url, ...PATIENT });
    await client.leaderboard.createBoard({ board: "lost", settings: SUM });
    for (let i = 0; i < 50; i++) await far.leaderboard.submitScore({ board: "lost", member: "m", score: 1 });
    assert.equal((await client.leaderboard.getEntry({ board: "lost", member: "m" })).score, 50);
    assert.ok(proxy.cuts > 10, `${proxy.cuts} cuts`);
  });

  test("a watch over connections that break sees each event once, in order", async (t) => {
    const proxy = await Proxy.start(node.url, (connection) => (connection < 25 ? 350 + 137 * connection : undefined));
    t.after(() => proxy.close());
    const far = new ThalwegClient({ url: proxy.url, ...PATIENT, retries: { ...PATIENT.retries, firstPauseMs: 1, maxPauseMs: 5 } });
    const sent = numbered(300);
    const seen = watchMembers(far.leaderboard.watchBoard({ board: "breaks", after: "0" }), sent.length);
    for (const member of sent) await client.leaderboard.submitScore({ board: "breaks", member, score: 1 });
    assert.deepEqual(await seen, sent);
    assert.equal(proxy.cuts, 25);
  });

  test("commands and watches survive a kill of the node: each once, in order", async () => {
    const board = "kills";
    const sent = numbered(150);
    await client.leaderboard.createBoard({ board, settings: SUM });
    const lost: string[] = [];
    const events = client.leaderboard.watchBoard({ board, after: "0" }, { onLost: ({ reason }) => lost.push(reason) });
    const seen = watchMembers(events, sent.length);
    for (const [i, member] of sent.entries()) {
      const submitted = client.leaderboard.submitScore({ board, member, score: 1 });
      if (i === sent.length / 2) {
        await node.kill();
        await node.up();
      }
      await submitted;
    }
    assert.deepEqual(await seen, sent);
    assert.ok(lost.length >= 1, String(lost));
    const { entries } = await client.leaderboard.listEntries({ board, pageSize: 1000 });
    assert.deepEqual(entries.map((e) => e.score), sent.map(() => 1));
  });

  test("a watch from the position of an answer begins right behind it", async () => {
    const board = "behind";
    await client.leaderboard.submitScore({ board, member: "before", score: 1 });
    const page = await client.leaderboard.listEntries({ board });
    await client.leaderboard.submitScore({ board, member: "behind", score: 1 });
    const events = client.leaderboard.watchBoard({ board, after: positionOf(page) });
    assert.deepEqual(await watchMembers(events, 1), ["behind"]);
  });

  test("a position that this history does not have is told as a ResyncError", async () => {
    const board = "resync";
    const answer = await client.leaderboard.submitScore({ board, member: "m", score: 1 });
    const [lineage, partition] = (positionOf(answer) ?? "").split("-");
    const events = client.leaderboard.watchBoard({ board, after: `${lineage}-${partition}-999999999` });
    await assert.rejects(watchMembers(events, 1), ResyncError);
  });
});

describe("against a node that asks for credentials", { skip: NodeProcess.missing }, () => {
  test("keys are made, used and revoked; an operator acts in a project", async (t) => {
    const node = await NodeProcess.start("--credentials");
    t.after(() => node.close());
    const token = readFileSync(path.join(node.data, "operator.token"), "utf8").trim();
    const operator = new ThalwegClient({ url: node.url, credentials: token, ...PATIENT });
    await operator.access.createProject({ project: "shop" });
    const shop = new ThalwegClient({ url: node.url, credentials: () => token, project: "shop", ...PATIENT });
    const { secret } = await shop.access.createApiKey({
      key: "game",
      permissions: [{ service: "leaderboard", access: ["READ", "WRITE"], keyPrefix: "eu-" }],
      expireTime: new Date(Date.now() + 3_600_000),
    });

    const game = new ThalwegClient({ url: node.url, credentials: secret, ...PATIENT });
    await game.leaderboard.submitScore({ board: "eu-1", member: "ana", score: 1 });
    await assert.rejects(game.leaderboard.getBoard({ board: "us-1" }), { code: "PERMISSION_DENIED" });
    await assert.rejects(game.access.listApiKeys({}), { code: "PERMISSION_DENIED" });
    assert.equal((await shop.leaderboard.getBoard({ board: "eu-1" })).memberCount, 1);
    await assert.rejects(operator.leaderboard.getBoard({ board: "eu-1" }), { code: "NOT_FOUND" });
    const events = game.leaderboard.watchBoard({ board: "eu-1", after: "0" });
    assert.deepEqual(await watchMembers(events, 1), ["ana"]);

    await assert.rejects(new ThalwegClient({ url: node.url, ...PATIENT }).leaderboard.listBoards({}), { code: "UNAUTHENTICATED" });
    assert.equal((await shop.access.revokeApiKey({ key: "game" })).key, "game");
    assert.equal((await shop.access.listApiKeys({})).apiKeys.length, 1);
  });
});
