import assert from "node:assert/strict";
import { test } from "node:test";
import { failureOf } from "../src/answers.js";
import { services } from "../src/gen/index.js";
import { checkName, Names } from "../src/names.js";
import { settingsOf } from "../src/options.js";
import { httpRequest } from "../src/request.js";
import { pauseMs, RetryBudget, retriesOf } from "../src/retries.js";
import { EventParser, type ServerSentEvent } from "../src/sse.js";

const { leaderboard, access } = services;

test("a field goes into the path, the body or the query as its HTTP rule says", () => {
  assert.deepEqual(httpRequest(leaderboard.submitScore, { board: "a/b c", member: "ana", score: 1 }), {
    verb: "POST",
    target: "/v1/boards/a%2Fb%20c/scores",
    body: '{"member":"ana","score":1}',
  });
  assert.deepEqual(httpRequest(leaderboard.listEntries, { board: "b:x", pageSize: 2, pageToken: undefined }), {
    verb: "GET",
    target: "/v1/boards/b%3Ax/entries?pageSize=2",
    body: undefined,
  });
  assert.deepEqual(httpRequest(leaderboard.removeMember, { board: "b", member: "é" }), {
    verb: "DELETE",
    target: "/v1/boards/b/entries/%C3%A9",
    body: undefined,
  });
  assert.equal(httpRequest(leaderboard.getSeason, { board: "b", season: 3 }).target, "/v1/boards/b/seasons/3");
});

test("64-bit integers and dates are written as ProtoJSON has them", () => {
  const step = { source: "s", afterRow: 0, lastRow: 2n ** 60n };
  const scores = httpRequest(leaderboard.submitScores, { board: "b", import: step });
  assert.equal(scores.body, '{"import":{"source":"s","afterRow":0,"lastRow":"1152921504606846976"}}');
  const key = httpRequest(access.createApiKey, { key: "k", expireTime: new Date(0) });
  assert.equal(key.body, '{"expireTime":"1970-01-01T00:00:00.000Z"}');
});

for (const board of ["", ".", ".."]) {
  test(`the name '${board}' is refused before it becomes another path`, () => {
    assert.throws(
      () => httpRequest(leaderboard.getBoard, { board }),
      (e: { failure: { code: string; fieldViolations: { field: string }[] } }) =>
        e.failure.code === "INVALID_ARGUMENT" && e.failure.fieldViolations[0]?.field === "board",
    );
  });
}

test("methods that only the node calls are not there", () => {
  assert.ok(!("applyScore" in leaderboard) && !("resetOnSchedule" in leaderboard));
  assert.equal(leaderboard.submitScore.kind, "named");
  assert.equal(leaderboard.listBoards.kind, "read");
  assert.equal(leaderboard.watchBoard.kind, "watch");
  assert.equal(access.createApiKey.kind, "once", "its answer is a secret, which is not stored");
});

test("pauses grow to a bound, are drawn from all that is below, and come after what the server asks", () => {
  const retries = retriesOf({ firstPauseMs: 100, maxPauseMs: 1_000 });
  assert.deepEqual([1, 2, 3, 4, 5, 1000].map((n) => pauseMs(retries, n, 0, 1)), [100, 200, 400, 800, 1000, 1000]);
  assert.equal(pauseMs(retries, 9, 0, 0), 0);
  assert.equal(pauseMs(retries, 1, 700, 0.5), 750);
});

test("the budget gives a tenth of the requests and the floor, and saves up ten seconds of the floor", () => {
  let nowMs = 0;
  const budget = new RetryBudget(retriesOf({ budgetPercent: 10, budgetFloorPerSecond: 2 }), () => nowMs);
  const takeAll = (): number => {
    let taken = 0;
    while (budget.take()) taken++;
    return taken;
  };
  assert.equal(takeAll(), 20);
  for (let i = 0; i < 50; i++) budget.requested();
  assert.equal(takeAll(), 5);
  nowMs += 3_000;
  assert.equal(takeAll(), 6);
  nowMs += 1e9;
  assert.equal(takeAll(), 20);
});

test("options out of their bounds are refused with their name", () => {
  const url = "http://127.0.0.1";
  assert.throws(() => settingsOf({ url, timeoutMs: 0 }), /timeoutMs must be from 1 to 3600000; got 0/);
  assert.throws(() => settingsOf({ url, timeoutMs: NaN }), /timeoutMs/);
  assert.throws(() => settingsOf({ url, retries: { maxAttempts: 0 } }), /retries\.maxAttempts must be from 1 to 100/);
  assert.throws(() => settingsOf({ url, hedging: { afterMs: 0 } }), /hedging\.afterMs/);
  assert.throws(() => settingsOf({ url, idleTimeoutMs: 1 }), /idleTimeoutMs/);
  assert.throws(() => settingsOf({ url: "ftp://a" }), /url must begin with http/);
  assert.throws(() => checkName("a b"), /requestName/);
  assert.throws(() => checkName("x".repeat(129)), /requestName/);
  assert.equal(settingsOf({ url: "http://a:1/base/" }).base, "http://a:1/base");
});

test("request names are drawn anew each time and are allowed by the gateway", async () => {
  const names = new Names();
  const drawn = await Promise.all(Array.from({ length: 100 }, () => names.draw(10_000)));
  assert.equal(new Set(drawn.map((name) => name.text)).size, 100);
  drawn.forEach((name) => checkName(name.text));
  const long = await names.draw(300_001);
  assert.match(long.text, /^[\w-]{22}$/);
  checkName(long.text);
});

test("a name says which requests before it are over, until one is unknown or slow", async () => {
  const names = new Names();
  const next = async () => {
    const name = await names.draw(10_000);
    const [, series = "", end = ""] = /^~([\w-]{16})\.(.+)$/.exec(name.text) ?? [];
    return { ...name, series, end };
  };
  const [first, second] = [await next(), await next()];
  assert.deepEqual([first.end, second.end], ["0.0", "1.0"]);
  second.ended(true);
  assert.equal((await next()).end, "2.0");
  first.ended(true);
  const fourth = await next();
  assert.equal(fourth.end, "3.2");
  fourth.ended(false);
  const slow = await next();
  assert.notEqual(slow.series, first.series);
  assert.equal(slow.end, "0.0");
  for (let i = 1; i < 1_000; i++) {
    const name = await next();
    assert.equal(name.series, slow.series);
    name.ended(true);
  }
  assert.notEqual((await next()).series, slow.series);
});

test("an error tells code, message, fields and when to come back, whoever wrote it", () => {
  const violations = [{ field: "score", description: "must be a number" }];
  const details = [
    { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: violations },
    { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "0.250s" },
  ];
  const body = JSON.stringify({ error: { code: 400, status: "INVALID_ARGUMENT", message: "no", details } });
  assert.deepEqual(failureOf(400, body), {
    code: "INVALID_ARGUMENT",
    reason: "no",
    fieldViolations: violations,
    retryDelayMs: 250,
    status: 400,
  });
  const proxy = failureOf(502, "<html>Bad Gateway", new Headers({ "retry-after": "2" }));
  assert.equal(proxy.code, "UNAVAILABLE");
  assert.equal(proxy.retryDelayMs, 2_000);
  assert.match(proxy.reason, /HTTP 502: <html>Bad Gateway/);
});

test("events are the same wherever the pieces of a stream are cut", () => {
  const text =
    "\uFEFFretry: 1000\r\nid: 1-0-0\r\n\r\n:\n\nid: 1-0-1\nevent: a\ndata: {\"x\":\ndata:  1}\n\n" +
    "data\rid:1-0-2\r\revent: unfinished\ndata: 1\n";
  const expected = [
    { type: "message", data: undefined, id: "1-0-0" },
    { type: "a", data: '{"x":\n 1}', id: "1-0-1" },
    { type: "message", data: "", id: "1-0-2" },
  ];
  const bytes = new TextEncoder().encode(text);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const parser = new EventParser();
    const decoder = new TextDecoder();
    const events: ServerSentEvent[] = [];
    for (const piece of [bytes.slice(0, cut), bytes.slice(cut)]) {
      events.push(...parser.push(decoder.decode(piece, { stream: true })));
    }
    assert.deepEqual(events, expected, `cut at ${cut}`);
    assert.equal(parser.retryMs, 1_000);
  }
});

test("an event without end is refused before it fills the memory", () => {
  const parser = new EventParser();
  const piece = "data: " + "x".repeat(1 << 20) + "\n";
  assert.throws(() => {
    for (let i = 0; i < 20; i++) [...parser.push(piece)];
  }, /an event has more than/);
});
