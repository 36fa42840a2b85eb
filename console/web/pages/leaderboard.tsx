import { useEffect, useState } from "preact/hooks";
import type { leaderboard } from "@thalweg/client";
import { client } from "../node/session.ts";
import { Badge, Card, type Column, Danger, Empty, Field, Page, Problem, Table } from "../parts/basics.tsx";
import { useAction, useLoaded } from "../parts/use.ts";
import { away, count, words } from "../parts/words.ts";
import { go, route, to } from "../route.ts";

const SHOWN = 50;

export function LeaderboardPage() {
  const board = route.value[1];
  return board === undefined ? <Boards /> : <Board key={board} name={board} />;
}

function Boards() {
  const [token, setToken] = useState("");
  const boards = useLoaded(() => client.leaderboard.listBoards({ pageSize: SHOWN, pageToken: token }), [token], 5_000);
  const rows = boards.value?.boards ?? [];
  return (
    <Page title="Leaderboards" lead="Ranks that are exact at any size: every score is in the log, and the rank is there with the answer.">
      <Problem error={boards.error} />
      <div class="two wide-left">
        <Card title="Boards">
          {rows.length === 0 && !boards.loading ? (
            <Empty title="There is no board yet" command={`curl '${location.origin}/v1/boards/goals/scores' --json '{"member":"ada","score":7}'`}>
              A board is made by its first score. Submit one here, or from a terminal:
            </Empty>
          ) : (
            <Table
              label="Boards"
              rows={rows}
              id={(b) => b.board}
              columns={[
                { name: "Board", cell: (b) => <a href={to("leaderboard", b.board)}>{b.board}</a> },
                { name: "Members", number: true, cell: (b) => count(b.memberCount) },
                { name: "Order", cell: (b) => words(b.settings?.order ?? "") },
                { name: "A new score", cell: (b) => words(b.settings?.operator ?? "") },
                { name: "Season", number: true, cell: (b) => b.season },
                { name: "Next reset", cell: (b) => away(b.nextResetTime) },
              ]}
            />
          )}
          <Pages first={() => setToken("")} next={boards.value?.nextPageToken ?? ""} onNext={setToken} isFirst={token === ""} />
        </Card>
        <Submit
          onDone={(board) => {
            void boards.reload();
            go("leaderboard", board);
          }}
        />
      </div>
    </Page>
  );
}

export function Pages(props: { first(): void; next: string; onNext(token: string): void; isFirst: boolean }) {
  if (props.isFirst && !props.next) return null;
  return (
    <div class="actions">
      <button type="button" class="quiet" disabled={props.isFirst} onClick={props.first}>
        First page
      </button>
      <button type="button" class="quiet" disabled={!props.next} onClick={() => props.onNext(props.next)}>
        Next page
      </button>
    </div>
  );
}

function Submit(props: { board?: string; onDone(board: string): void }) {
  const [board, setBoard] = useState(props.board ?? "");
  const [member, setMember] = useState("");
  const [score, setScore] = useState("");
  const [said, setSaid] = useState("");
  const action = useAction();
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    await action.run(async () => {
      const answer = await client.leaderboard.submitScore({ board, member, score: Number(score) });
      setSaid(`${member} has rank ${count(answer.rank)}`);
      props.onDone(board);
    });
  };
  return (
    <Card title="Submit a score">
      <form class="stack" onSubmit={submit}>
        {props.board === undefined && (
          <Field label="Board">
            <input value={board} onInput={(e) => setBoard(e.currentTarget.value)} required autocomplete="off" placeholder="goals" />
          </Field>
        )}
        <Field label="Member">
          <input value={member} onInput={(e) => setMember(e.currentTarget.value)} required autocomplete="off" placeholder="ada" />
        </Field>
        <Field label="Score">
          <input type="number" step="any" value={score} onInput={(e) => setScore(e.currentTarget.value)} required placeholder="7" />
        </Field>
        <button type="submit" disabled={action.running}>
          Submit
        </button>
        <Problem error={action.error} />
        {said && <p role="status">{said}</p>}
      </form>
    </Card>
  );
}

/** Whether the events of the board come in; loads again when one did, at most twice a second. */
function useFollowed(board: string, reload: () => void): { open: boolean; last: string } {
  const [open, setOpen] = useState(false);
  const [last, setLast] = useState("");
  useEffect(() => {
    const stop = new AbortController();
    let waiting = false;
    const soon = (): void => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => {
        waiting = false;
        reload();
      }, 500);
    };
    void (async () => {
      try {
        const events = client.leaderboard.watchBoard(
          { board },
          { signal: stop.signal, onOpen: () => setOpen(true), onLost: () => setOpen(false) },
        );
        for await (const event of events) {
          const standing = event.scoresSubmitted?.standings.at(-1);
          if (standing) setLast(`${standing.member} now has ${standing.score}`);
          soon();
        }
      } catch {
        setOpen(false);
      }
    })();
    return () => stop.abort();
  }, [board]);
  return { open, last };
}

function Board(props: { name: string }) {
  const board = props.name;
  const [from, setFrom] = useState(1);
  const [member, setMember] = useState("");
  const [deleting, setDeleting] = useState(false);
  const info = useLoaded(() => client.leaderboard.getBoard({ board }), [board]);
  const page = useLoaded(() => client.leaderboard.listEntries({ board, pageSize: SHOWN, fromRank: from }), [board, from]);
  const around = useLoaded(
    async () => (member ? (await client.leaderboard.listEntriesAround({ board, member, count: 7 })).entries : []),
    [board, member],
  );
  const followed = useFollowed(board, () => {
    void info.reload();
    void page.reload();
    void around.reload();
  });
  const columns: readonly Column<leaderboard.Entry>[] = [
    { name: "Rank", number: true, cell: (e) => count(e.rank) },
    {
      name: "Member",
      cell: (e) => (
        <button type="button" class="link" onClick={() => setMember(e.member)}>
          {e.displayName || e.member}
        </button>
      ),
    },
    { name: "Score", number: true, cell: (e) => e.score.toLocaleString("en") },
  ];
  const members = info.value?.memberCount ?? 0;
  return (
    <Page
      title={board}
      lead={
        <>
          <a href={to("leaderboard")}>Leaderboards</a> · {count(members)} members · season {info.value?.season ?? 1} ·{" "}
          {words(info.value?.settings?.order ?? "")} · {words(info.value?.settings?.operator ?? "")}
        </>
      }
      actions={
        <>
          <Badge tone={followed.open ? "good" : "warn"}>{followed.open ? "live" : "connecting"}</Badge>
          <button type="button" class="quiet danger" onClick={() => setDeleting(true)}>
            Delete
          </button>
        </>
      }
    >
      <Problem error={info.error ?? page.error} />
      <div class="two wide-left">
        <Card title="Standings" extra={<span class="faint" role="status">{followed.last}</span>}>
          {page.value?.entries.length === 0 ? (
            <Empty title="Nobody is here yet">The first score submitted appears here at once.</Empty>
          ) : (
            <Table label="Standings" rows={page.value?.entries ?? []} id={(e) => e.member} columns={columns} chosen={member} />
          )}
          <div class="actions">
            <button type="button" class="quiet" disabled={from <= 1} onClick={() => setFrom(Math.max(1, from - SHOWN))}>
              Previous
            </button>
            <span class="faint">
              from rank {count(from)} of {count(members)}
            </span>
            <button type="button" class="quiet" disabled={from + SHOWN > members} onClick={() => setFrom(from + SHOWN)}>
              Next
            </button>
          </div>
        </Card>
        <div class="stack">
          <Submit board={board} onDone={() => undefined} />
          <Card title="Around a member">
            <form
              class="inline"
              onSubmit={(e) => {
                e.preventDefault();
                setMember(String(new FormData(e.currentTarget).get("member") ?? ""));
              }}
            >
              <Field label="Member">
                <input name="member" defaultValue={member} key={member} autocomplete="off" />
              </Field>
              <button type="submit">Show</button>
            </form>
            <Problem error={around.error} />
            {around.value && around.value.length > 0 && (
              <Table label={`Around ${member}`} rows={around.value} id={(e) => e.member} columns={columns} chosen={member} />
            )}
          </Card>
        </div>
      </div>
      {deleting && (
        <Danger
          title={`Delete ${board}`}
          name={board}
          verb="Delete the board"
          what={`The board, its ${count(members)} members and its archived seasons are removed. What was in the log stays there.`}
          onConfirm={async () => {
            await client.leaderboard.deleteBoard({ board });
            go("leaderboard");
          }}
          onClose={() => setDeleting(false)}
        />
      )}
    </Page>
  );
}
