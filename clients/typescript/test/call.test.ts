import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { type ClientOptions, lagOf, positionOf, ThalwegClient, ThalwegError } from "../src/index.js";
import { type Answer, lose, ok, refuse, retryInfo, Scripted, silence } from "./scripted.js";

const QUICK = { firstPauseMs: 1, maxPauseMs: 5 };
const SCORE = { board: "b", member: "ana", score: 1 };

async function serve(
  t: TestContext,
  answers: readonly Answer[],
  options: Partial<ClientOptions> = {},
): Promise<{ server: Scripted; client: ThalwegClient }> {
  const server = await Scripted.start(...answers);
  t.after(() => server.close());
  return { server, client: new ThalwegClient({ url: server.url, retries: QUICK, ...options }) };
}

async function failure(call: Promise<unknown>): Promise<ThalwegError> {
  const error: unknown = await call.then(
    () => assert.fail("it must fail"),
    (e: unknown) => e,
  );
  assert.ok(error instanceof ThalwegError, String(error));
  return error;
}

const names = (server: Scripted): unknown[] => server.asked.map((a) => a.headers["idempotency-key"]);

test("a command keeps its name through lost connections and refusals for now", async (t) => {
  const { server, client } = await serve(t, [
    lose,
    refuse(503, "UNAVAILABLE"),
    refuse(429, "RESOURCE_EXHAUSTED", [retryInfo("0.001s")]),
    ok({ rank: 1 }, { "thalweg-position": "1-0-7" }),
  ]);
  const answer = await client.leaderboard.submitScore(SCORE);
  assert.equal(answer.rank, 1);
  assert.equal(positionOf(answer), "1-0-7");
  assert.equal(server.asked.length, 4);
  assert.equal(new Set(names(server)).size, 1);
  await client.leaderboard.submitScore(SCORE);
  assert.equal(new Set(names(server)).size, 2, "another call has another name");
});

test("a command goes under the name that the application gives", async (t) => {
  const { server, client } = await serve(t, [ok({ rank: 1 })]);
  await client.leaderboard.submitScore(SCORE, { requestName: "match-71" });
  assert.deepEqual(names(server), ["match-71"]);
  await assert.rejects(client.leaderboard.getBoard({ board: "b" }, { requestName: "x" }), /takes none/);
});

test("a read of a session says what its caller has seen, and hears how far behind its answer is", async (t) => {
  const { server, client } = await serve(t, [
    ok({ board: "b" }, { "thalweg-position": "1-0-7" }),
    ok({ board: "b" }, { "thalweg-position": "1-0-9", "thalweg-lag": "3" }),
  ]);
  const first = await client.leaderboard.getBoard({ board: "b" });
  assert.equal(lagOf(first), undefined);
  const second = await client.leaderboard.getBoard({ board: "b" }, { session: positionOf(first) });
  assert.equal(lagOf(second), 3);
  assert.deepEqual(server.asked.map((a) => a.headers["thalweg-session"]), [undefined, "1-0-7"]);
  await assert.rejects(client.leaderboard.getBoard({ board: "b" }, { session: "yesterday" }), /session must be/);
  await assert.rejects(client.leaderboard.submitScore(SCORE, { session: "0" }), /is no read/);
  assert.equal(server.asked.length, 2);
});

test("a command without a name is not sent again when it may have arrived", async (t) => {
  const { server, client } = await serve(t, [lose, ok({ secret: "s" })]);
  const error = await failure(client.access.createApiKey({ key: "k" }));
  assert.equal(error.code, "UNAVAILABLE");
  assert.equal(error.outcomeUnknown, true);
  assert.equal(error.requestName, undefined);
  assert.equal(server.asked.length, 1);
  assert.deepEqual(names(server), [undefined]);
});

test("a command without a name is sent again when it was refused for now", async (t) => {
  const { server, client } = await serve(t, [
    refuse(429, "RESOURCE_EXHAUSTED", [], { "retry-after": "0" }),
    ok({ secret: "s" }),
  ]);
  assert.equal((await client.access.createApiKey({ key: "k" })).secret, "s");
  assert.equal(server.asked.length, 2);
});

test("a refusal for good is told at once, with its fields", async (t) => {
  const fieldViolations = [{ field: "board", description: "must have 1 to 128 bytes" }];
  const { server, client } = await serve(t, [refuse(400, "INVALID_ARGUMENT", [{ fieldViolations }])]);
  const error = await failure(client.leaderboard.submitScore(SCORE));
  assert.equal(error.code, "INVALID_ARGUMENT");
  assert.equal(error.status, 400);
  assert.deepEqual(error.fieldViolations, fieldViolations);
  assert.equal(error.outcomeUnknown, false);
  assert.equal(error.message, "leaderboard.submitScore: INVALID_ARGUMENT: it is INVALID_ARGUMENT");
  assert.equal(server.asked.length, 1);
});

test("a bound that waiting does not mend is no refusal for now", async (t) => {
  const { server, client } = await serve(t, [refuse(429, "RESOURCE_EXHAUSTED")]);
  assert.equal((await failure(client.leaderboard.getBoard({ board: "b" }))).code, "RESOURCE_EXHAUSTED");
  assert.equal(server.asked.length, 1);
});

test("retries stay within the budget however many calls fail", async (t) => {
  let over = 0;
  const { server, client } = await serve(t, [refuse(503, "UNAVAILABLE")], {
    retries: { ...QUICK, budgetPercent: 10, budgetFloorPerSecond: 0 },
    listener: { overBudget: () => over++ },
  });
  for (let i = 0; i < 200; i++) await failure(client.leaderboard.getBoard({ board: "b" }));
  assert.equal(server.asked.length, 220);
  assert.ok(over > 0);
});

test("a pause beyond the deadline is not waited for", async (t) => {
  const { server, client } = await serve(t, [refuse(503, "UNAVAILABLE", [retryInfo("3600s")])]);
  const error = await failure(client.leaderboard.getBoard({ board: "b" }));
  assert.equal(error.code, "UNAVAILABLE");
  assert.equal(error.retryDelayMs, 3_600_000);
  assert.equal(server.asked.length, 1);
});

test("a call ends at its deadline, and says under which name to ask again", async (t) => {
  const { client } = await serve(t, [silence], { timeoutMs: 50 });
  const error = await failure(client.leaderboard.submitScore(SCORE, { requestName: "n" }));
  assert.equal(error.code, "DEADLINE_EXCEEDED");
  assert.equal(error.outcomeUnknown, true);
  assert.equal(error.requestName, "n");
  assert.equal((await failure(client.leaderboard.getBoard({ board: "b" }))).outcomeUnknown, false);
});

test("the deadline also ends waiting for credentials", async (t) => {
  const { server, client } = await serve(t, [ok({})], {
    timeoutMs: 50,
    credentials: () => new Promise<string>(() => undefined),
  });
  const error = await failure(client.leaderboard.submitScore(SCORE));
  assert.equal(error.code, "DEADLINE_EXCEEDED");
  assert.equal(error.attempts, 0);
  assert.equal(error.outcomeUnknown, false);
  assert.equal(server.asked.length, 0);
});

test("an abort ends a call", async (t) => {
  const controller = new AbortController();
  const { client } = await serve(t, [() => controller.abort("enough")]);
  const error = await failure(client.leaderboard.getBoard({ board: "b" }, { signal: controller.signal }));
  assert.equal(error.code, "CANCELLED");
  assert.equal(error.cause, "enough");
  const before = await failure(client.leaderboard.getBoard({ board: "b" }, { signal: controller.signal }));
  assert.equal(before.attempts, 0);
});

test("of a hedged read the first answer wins, and the other attempt is given up", async (t) => {
  let givenUp: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => (givenUp = resolve));
  const { server, client } = await serve(t, [
    (response) => void response.on("close", () => givenUp()),
    ok({ board: "b", memberCount: 2 }),
  ]);
  const board = await client.leaderboard.getBoard({ board: "b" }, { hedging: { afterMs: 10 } });
  assert.equal(board.memberCount, 2);
  assert.equal(server.asked.length, 2);
  await closed;
});

test("a hedge that fails does not take the answer of the first attempt away", async (t) => {
  let finish: () => void = () => undefined;
  const { client } = await serve(t, [
    (response, asked) => (finish = () => ok({ board: "b" })(response, asked)),
    (response, asked) => {
      refuse(404, "NOT_FOUND")(response, asked);
      finish();
    },
  ]);
  assert.equal((await client.leaderboard.getBoard({ board: "b" }, { hedging: { afterMs: 1 } })).board, "b");
});

test("commands are never hedged", async (t) => {
  const late: Answer = (response, asked) => void setTimeout(() => ok({ rank: 1 })(response, asked), 100);
  const { server, client } = await serve(t, [late], { hedging: { afterMs: 1 } });
  await client.leaderboard.submitScore(SCORE);
  assert.equal(server.asked.length, 1);
});

test("credentials and project go with each request, and refused credentials are had anew once", async (t) => {
  const given: boolean[] = [];
  const { server, client } = await serve(t, [refuse(401, "UNAUTHENTICATED"), ok({ rank: 1 }), refuse(401, "UNAUTHENTICATED")], {
    project: "shop",
    credentials: ({ refused }) => {
      given.push(refused);
      return `token-${given.length}`;
    },
  });
  await client.leaderboard.submitScore(SCORE);
  assert.deepEqual(given, [false, true]);
  assert.deepEqual(server.asked.map((a) => a.headers.authorization), ["Bearer token-1", "Bearer token-2"]);
  assert.equal(server.asked[0]?.headers["thalweg-project"], "shop");
  assert.equal(new Set(names(server)).size, 1);
  assert.equal((await failure(client.leaderboard.submitScore(SCORE))).code, "UNAUTHENTICATED");
  assert.equal(server.asked.length, 4);
});

test("calls in flight are bounded", async (t) => {
  const { client } = await serve(t, [silence], { maxInFlight: 1 });
  const controller = new AbortController();
  const first = failure(client.leaderboard.getBoard({ board: "b" }, { signal: controller.signal }));
  assert.match((await failure(client.leaderboard.getBoard({ board: "b" }))).message, /maxInFlight/);
  controller.abort();
  assert.equal((await first).code, "CANCELLED");
});

test("an answer that no node gave is told as such", async (t) => {
  const { client } = await serve(t, [(response) => void response.end("<html>Welcome")]);
  assert.match((await failure(client.leaderboard.getBoard({ board: "b" }))).message, /is this the address of a node/);
});

test("the types follow the contract", async (t) => {
  const { client } = await serve(t, [ok({ entries: [], nextPageToken: "" })]);
  const page = await client.leaderboard.listEntries({ board: "b", pageSize: 1 });
  const first: string | undefined = page.entries[0]?.member;
  assert.equal(first, undefined);
  const wrong = (): void => {
    // @ts-expect-error a required field is missing
    void client.leaderboard.submitScore({ board: "b", score: 1 });
    // @ts-expect-error there is no such field
    void client.leaderboard.getBoard({ board: "b", bord: "b" });
    // @ts-expect-error no such enum value
    void client.leaderboard.createBoard({ board: "b", settings: { operator: "ADD" } });
    // @ts-expect-error a watch is no promise
    void client.leaderboard.watchBoard({ board: "b" }).then;
  };
  assert.ok(wrong);
});
