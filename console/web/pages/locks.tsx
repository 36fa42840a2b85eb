import { useEffect, useState } from "preact/hooks";
import { client } from "../node/session.ts";
import { Badge, Card, Empty, Field, Page, Problem, Table } from "../parts/basics.tsx";
import { useAction, useLoaded } from "../parts/use.ts";
import { away, count, words } from "../parts/words.ts";
import { go, route, to } from "../route.ts";
import { Pages } from "./leaderboard.tsx";

const EVERY_MS = 2_000;
const SHOWN = 100;
/** How long a session of this page lives when the page is closed. */
const TTL_MS = 15_000;

export function LocksPage() {
  const [, space, lock] = route.value;
  if (space === undefined) return <Spaces />;
  return lock === undefined ? <Space key={space} name={space} /> : <Lock key={`${space}/${lock}`} space={space} name={lock} />;
}

function Spaces() {
  const [name, setName] = useState("");
  const [after, setAfter] = useState("");
  const spaces = useLoaded(() => client.locks.listSpaces({ pageSize: SHOWN, afterSpace: after }), [after], EVERY_MS);
  const rows = spaces.value?.spaces ?? [];
  return (
    <Page title="Locks" lead="Locks, semaphores and leader election with leases and fencing tokens: an old holder cannot write after a new one.">
      <Problem error={spaces.error} />
      <Card title="Spaces">
        {rows.length === 0 && !spaces.loading ? (
          <Empty title="There is no space yet" command={held("billing", "nightly")}>
            A space is made by the first session in it. Open one below, or from a terminal. What etcd's clients lock is kept apart, and not shown here.
          </Empty>
        ) : (
          <Table
            label="Spaces"
            rows={rows}
            id={(s) => s.space}
            columns={[
              { name: "Space", cell: (s) => <a href={to("locks", s.space)}>{s.space}</a> },
              { name: "Sessions", number: true, cell: (s) => count(s.sessions) },
              { name: "Locks", number: true, cell: (s) => count(s.locks) },
              { name: "Holders", number: true, cell: (s) => count(s.holders) },
              { name: "Waiters", number: true, cell: (s) => count(s.waiters) },
              { name: "Registers", number: true, cell: (s) => count(s.registers) },
              { name: "Granted in all", number: true, cell: (s) => count(s.grants) },
              { name: "Lost by expiry", number: true, cell: (s) => count(s.expiredClaims) },
            ]}
          />
        )}
        <Pages first={() => setAfter("")} next={spaces.value?.nextAfter ?? ""} onNext={setAfter} isFirst={after === ""} />
        <form
          class="inline"
          onSubmit={(e) => {
            e.preventDefault();
            go("locks", name);
          }}
        >
          <Field label="Go to a space">
            <input value={name} onInput={(e) => setName(e.currentTarget.value)} required autocomplete="off" placeholder="billing" />
          </Field>
          <button type="submit">Open</button>
        </form>
      </Card>
    </Page>
  );
}

/** A session, and a lock that it holds. */
function held(space: string, lock: string): string {
  const at = `${location.origin}/v1/locks/${encodeURIComponent(space)}`;
  return `curl '${at}/sessions' --json '{"session":"ana","ttlMs":60000}'\ncurl '${at}/claims' --json '{"session":"ana","lock":${JSON.stringify(lock)}}'`;
}

function ago(ms: string): string {
  return away(new Date(Number(ms)).toISOString());
}

/** A session of this page, kept alive for as long as the page is shown. */
function useSession(space: string): { session: string | undefined; open(): Promise<void>; close(): Promise<void>; error: unknown } {
  const [session, setSession] = useState<string | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  useEffect(() => {
    if (session === undefined) return;
    const timer = setInterval(async () => {
      try {
        await client.locks.heartbeat({ space, session });
      } catch (e) {
        setError(e);
        setSession(undefined);
      }
    }, TTL_MS / 3);
    return () => clearInterval(timer);
  }, [space, session]);
  return {
    session,
    error,
    open: async () => {
      setError(undefined);
      setSession((await client.locks.openSession({ space, ttlMs: TTL_MS, label: "console" })).session);
    },
    close: async () => {
      if (session !== undefined) await client.locks.closeSession({ space, session });
      setSession(undefined);
    },
  };
}

function Space(props: { name: string }) {
  const space = props.name;
  const [lock, setLock] = useState("");
  const [lockAfter, setLockAfter] = useState("");
  const [sessionAfter, setSessionAfter] = useState("");
  const locks = useLoaded(() => client.locks.listLocks({ space, pageSize: SHOWN, afterLock: lockAfter }), [space, lockAfter], EVERY_MS);
  const sessions = useLoaded(() => client.locks.listSessions({ space, pageSize: SHOWN, afterSession: sessionAfter }), [space, sessionAfter], EVERY_MS);
  const mine = useSession(space);
  const action = useAction();
  const reload = async (): Promise<void> => {
    await Promise.all([locks.reload(), sessions.reload()]);
  };
  const act = (what: () => Promise<unknown>): void => void action.run(async () => (await what(), reload()));
  const session = mine.session;
  return (
    <Page title={space} lead={<a href={to("locks")}>Locks</a>}>
      <Problem error={action.error ?? mine.error ?? locks.error} />
      <div class="two wide-left">
        <Card title="Locks">
          {locks.value?.locks.length === 0 ? (
            <Empty title="No lock is held" command={held(space, "nightly")}>
              Acquire one here, or from a terminal, for a minute:
            </Empty>
          ) : (
            <Table
              label="Locks"
              rows={locks.value?.locks ?? []}
              id={(l) => l.lock}
              columns={[
                { name: "Lock", cell: (l) => <a href={to("locks", space, l.lock)}>{l.lock}</a> },
                { name: "Mode", cell: (l) => (l.exclusive ? "exclusive" : `${count(l.taken)} of ${count(l.limit)} permits`) },
                { name: "Holders", number: true, cell: (l) => count(l.holders) },
                { name: "Waiters", number: true, cell: (l) => count(l.waiters) },
              ]}
            />
          )}
          <Pages first={() => setLockAfter("")} next={locks.value?.nextAfter ?? ""} onNext={setLockAfter} isFirst={lockAfter === ""} />
        </Card>
        <Card title="Hold a lock yourself">
          {session === undefined ? (
            <>
              <p>A lock belongs to a session, which lives as long as it is heard of: {TTL_MS / 1000} s after this page is closed.</p>
              <button type="button" onClick={() => act(mine.open)}>
                Open a session
              </button>
            </>
          ) : (
            <form
              class="stack"
              onSubmit={(e) => {
                e.preventDefault();
                act(() => client.locks.acquire({ space, lock, session, waitMs: 0, tryOnly: true }));
              }}
            >
              <p>
                Session <code>{session}</code> <Badge tone="good">alive</Badge>
              </p>
              <Field label="Lock">
                <input value={lock} onInput={(e) => setLock(e.currentTarget.value)} required autocomplete="off" placeholder="nightly" />
              </Field>
              <div class="actions">
                <button type="submit" disabled={action.running}>
                  Try to acquire
                </button>
                <button type="button" class="quiet" onClick={() => act(() => client.locks.release({ space, lock, session }))}>
                  Release
                </button>
                <button type="button" class="quiet" onClick={() => act(mine.close)}>
                  Close the session
                </button>
              </div>
            </form>
          )}
        </Card>
      </div>
      <Card title="Sessions">
        {sessions.value?.sessions.length ? (
          <Table
            label="Sessions"
            rows={sessions.value.sessions}
            id={(s) => s.session}
            columns={[
              { name: "Session", cell: (s) => <code>{s.session}</code> },
              { name: "Label", cell: (s) => s.label },
              { name: "Opened", cell: (s) => ago(s.openTimeMs) },
              { name: "Ends when silent for", number: true, cell: (s) => `${count(s.ttlMs)} ms` },
              { name: "By", cell: (s) => s.principal },
            ]}
          />
        ) : (
          <p class="faint">Nobody is connected.</p>
        )}
        <Pages first={() => setSessionAfter("")} next={sessions.value?.nextAfter ?? ""} onNext={setSessionAfter} isFirst={sessionAfter === ""} />
      </Card>
    </Page>
  );
}

function Lock(props: { space: string; name: string }) {
  const { space, name: lock } = props;
  const details = useLoaded(() => client.locks.getLock({ space, lock, pageSize: 100 }), [space, lock], EVERY_MS);
  const claims = [...(details.value?.holders ?? []), ...(details.value?.waiters ?? [])];
  return (
    <Page
      title={lock}
      lead={
        <>
          <a href={to("locks")}>Locks</a> · <a href={to("locks", space)}>{space}</a>
        </>
      }
    >
      <Problem error={details.error} />
      <Card title="Holders and waiters, in order">
        {claims.length === 0 ? (
          <Empty title="Nobody holds it, and nobody waits" command={held(space, lock)}>
            From a terminal, for a minute:
          </Empty>
        ) : (
          <Table
            label="Claims"
            rows={claims}
            id={(c) => `${c.session}/${c.owner}`}
            columns={[
              { name: "State", cell: (c) => <Badge tone={c.state === "HELD" ? "good" : "plain"}>{words(c.state)}</Badge> },
              { name: "Session", cell: (c) => <code>{c.session}</code> },
              { name: "Owner", cell: (c) => c.owner },
              { name: "Mode", cell: (c) => words(c.mode) },
              { name: "Fencing token", number: true, cell: (c) => c.token },
              { name: "Since", cell: (c) => ago(c.sinceMs) },
            ]}
          />
        )}
      </Card>
    </Page>
  );
}
