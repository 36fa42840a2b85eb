import assert from "node:assert/strict";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { type ClientOptions, type leaderboard, ResyncError, ThalwegClient, ThalwegError } from "../src/index.js";
import { type Answer, lose, refuse, Scripted, stream } from "./scripted.js";

const BOARD = { board: "b" };

async function serve(t: TestContext, answers: readonly Answer[], options: Partial<ClientOptions> = {}) {
  const server = await Scripted.start(...answers);
  t.after(() => server.close());
  const retries = { firstPauseMs: 1, maxPauseMs: 5 };
  return { server, client: new ThalwegClient({ url: server.url, retries, ...options }) };
}

const event = (offset: number): string =>
  `id: 1-0-${offset}\nevent: memberRemoved\ndata: {"position":"1-0-${offset}","memberRemoved":{"board":"b","member":"m"}}\n\n`;

async function take(events: AsyncIterable<leaderboard.BoardEvent>, count: number): Promise<string[]> {
  const positions: string[] = [];
  for await (const { position } of events) {
    positions.push(position);
    if (positions.length === count) break;
  }
  return positions;
}

const resumedAt = (server: Scripted): unknown[] => server.asked.map((a) => a.headers["last-event-id"]);

test("a watch that is cut goes on behind the last whole event", async (t) => {
  const { server, client } = await serve(t, [
    stream(event(1) + event(2) + event(3).slice(0, -1)),
    lose,
    refuse(503, "UNAVAILABLE"),
    stream(event(3) + 'event: error\ndata: {"error":{"status":"UNAVAILABLE","message":"closing"}}\n\n' + event(9)),
    stream(event(4), false),
  ]);
  assert.deepEqual(await take(client.leaderboard.watchBoard({ ...BOARD, after: "0" }), 4), ["1-0-1", "1-0-2", "1-0-3", "1-0-4"]);
  assert.equal(server.asked[0]?.target, "/v1/boards/b/events:watch?after=0");
  assert.deepEqual(resumedAt(server), [undefined, "1-0-2", "1-0-2", "1-0-2", "1-0-3"]);
});

test("a watch that was sent no event yet keeps the place that the server told", async (t) => {
  const { server, client } = await serve(t, [stream("retry: 1\nid: 1-0-40\n\n"), stream(event(41), false)]);
  assert.deepEqual(await take(client.leaderboard.watchBoard(BOARD), 1), ["1-0-41"]);
  assert.deepEqual(resumedAt(server), [undefined, "1-0-40"]);
});

test("a position that cannot be continued is told as a ResyncError", async (t) => {
  const resync: Answer = (response) => {
    const error = { code: 400, status: "OUT_OF_RANGE", message: "resync: it lies beyond the fork" };
    response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error }));
  };
  const { client } = await serve(t, [stream(event(1)), resync]);
  await assert.rejects(take(client.leaderboard.watchBoard(BOARD), 2), (e) => e instanceof ResyncError && e instanceof ThalwegError);
});

test("what asking again does not mend ends a watch", async (t) => {
  const { server, client } = await serve(t, [refuse(403, "PERMISSION_DENIED")]);
  await assert.rejects(take(client.leaderboard.watchBoard(BOARD), 1), { code: "PERMISSION_DENIED" });
  assert.equal(server.asked.length, 1);
  await assert.rejects(take(client.leaderboard.watchBoard({ board: "." }), 1), { code: "INVALID_ARGUMENT" });
});

test("an abort ends the loop, while it waits for an event and while it waits to come back", async (t) => {
  for (const [answer, at] of [[stream(event(1), false), "open"], [lose, "lost"]] as const) {
    const controller = new AbortController();
    const { client } = await serve(t, [answer], { retries: { firstPauseMs: 60_000, maxPauseMs: 60_000 } });
    const events = client.leaderboard.watchBoard(BOARD, {
      signal: controller.signal,
      onOpen: () => setImmediate(() => controller.abort()),
      onLost: () => controller.abort(),
    });
    const seen = await take(events, 2);
    assert.ok(seen.length <= 1, at);
  }
});

test("leaving the loop closes the connection", async (t) => {
  let closed: Promise<unknown> = Promise.resolve();
  const { client } = await serve(t, [
    (response, asked) => {
      closed = once(response, "close");
      stream(event(1), false)(response, asked);
    },
  ]);
  await take(client.leaderboard.watchBoard(BOARD), 1);
  await closed;
});

test("a connection that has gone silent is replaced", async (t) => {
  const next: Answer = (response, asked) => {
    const last = asked.headers["last-event-id"];
    stream(event(last === "1-0-1" ? 2 : 1), false)(response, asked);
  };
  const { client } = await serve(t, [next]);
  assert.deepEqual(await take(client.leaderboard.watchBoard(BOARD, { idleTimeoutMs: 1_000 }), 2), ["1-0-1", "1-0-2"]);
});

test("a server that greets and leaves is not asked again and again without a pause", async (t) => {
  const pauses: number[] = [];
  const { client } = await serve(t, [stream("id: 1-0-1\n\n")], { retries: { firstPauseMs: 1, maxPauseMs: 64 } });
  const controller = new AbortController();
  const onLost = ({ retryMs }: { retryMs: number }): void => {
    pauses.push(retryMs);
    if (pauses.length === 20) controller.abort();
  };
  await take(client.leaderboard.watchBoard(BOARD, { signal: controller.signal, onLost }), 1);
  assert.ok(Math.max(...pauses) > 8, `pauses do not grow: ${pauses}`);
});

test("a loop that does not come for more holds back the server", async (t) => {
  const all = 256 << 20;
  let written = 0;
  let stalled: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (stalled = resolve));
  const flood: Answer = (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const chunk = event(1).repeat(1_000);
    const more = async (): Promise<void> => {
      while (written < all && !response.destroyed) {
        written += chunk.length;
        if (response.write(chunk)) continue;
        // What a connection takes at all, it takes at once on this machine.
        const timer = setTimeout(stalled, 500);
        await once(response, "drain");
        clearTimeout(timer);
      }
      stalled();
    };
    more().catch(() => undefined);
  };
  const { client } = await serve(t, [flood]);
  const events = client.leaderboard.watchBoard(BOARD)[Symbol.asyncIterator]();
  assert.equal((await events.next()).done, false);
  await held;
  assert.ok(written < 32 << 20, `${written} bytes were taken for one event`);
  await events.return?.();
});
