import { useEffect, useState } from "preact/hooks";
import { health } from "../node/live.ts";
import { brief, type EventPage, type EventQuery, eventsPath, joined, type LoggedEvent } from "../node/log.ts";
import { operation } from "../node/operations.ts";
import { Badge, Card, Code, Empty, Field, Page, Problem, Table } from "../parts/basics.tsx";
import { count, time } from "../parts/words.ts";
import { go, route } from "../route.ts";

const FOLLOW_MS = 1_000;
const LIMIT = 100;

/** The record itself: the events of a partition as they lie in the log, found by key, type and time. */
export function LogPage() {
  const names = (health.value?.partitions ?? []).map(({ name }) => name);
  const [, service, number] = route.value;
  const partition = service !== undefined && number !== undefined ? `${service}/${number}` : (names[0] ?? "");
  return (
    <Page title="Log" lead="All that ever happened, in order. Tables, ranks and indexes are made from this, and can be made again.">
      {partition && <Events key={partition} partition={partition} names={names} />}
    </Page>
  );
}

/** What comes behind a page. */
function goOn(query: EventQuery, page: EventPage): EventQuery {
  const { time: _, before: __, ...filter } = query;
  return { ...filter, from: page.nextOffset };
}

/** A page of events that is being looked at, and goes on with what is new if it is followed. */
function useEvents(partition: string, query: EventQuery, following: boolean) {
  const [page, setPage] = useState<EventPage | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let shown: EventPage | undefined;
    const turn = async (): Promise<void> => {
      try {
        const next = await operation<EventPage>(eventsPath(partition, shown ? goOn(query, shown) : query));
        if (over) return;
        shown = shown ? { ...next, fromOffset: shown.fromOffset, events: joined(shown.events, next.events) } : next;
        setPage(shown);
        setError(undefined);
      } catch (e) {
        // What is shown stays; the next turn goes on behind it.
        if (!over) setError(e);
      }
      if (following && !over) timer = setTimeout(turn, FOLLOW_MS);
    };
    void turn();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [partition, query, following]);
  return { page, error };
}

function Events(props: { partition: string; names: readonly string[] }) {
  const [key, setKey] = useState(route.value[3] ?? "");
  const [type, setType] = useState("");
  const [since, setSince] = useState("");
  const [query, setQuery] = useState<EventQuery>({ key, limit: LIMIT });
  const [following, setFollowing] = useState(true);
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const { page, error } = useEvents(props.partition, query, following);
  const filter = { key, type, limit: LIMIT };
  const turnTo = (place: EventQuery, follow = false): void => {
    setFollowing(follow);
    setQuery({ ...filter, ...place });
  };
  const search = (e: Event): void => {
    e.preventDefault();
    turnTo(since ? { time: new Date(since).toISOString() } : {}, !since);
  };
  const rows = [...(page?.events ?? [])].reverse();
  return (
    <>
      <Card>
        <form class="inline" onSubmit={search}>
          <Field label="Partition">
            <select aria-label="Partition" value={props.partition} onChange={(e) => go("log", ...e.currentTarget.value.split("/"))}>
              {props.names.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </Field>
          <Field label="Key">
            <input value={key} onInput={(e) => setKey(e.currentTarget.value)} autocomplete="off" placeholder="any" />
          </Field>
          <Field label="Type">
            <input value={type} onInput={(e) => setType(e.currentTarget.value)} autocomplete="off" placeholder="any" />
          </Field>
          <Field label="Since">
            <input type="datetime-local" step="1" value={since} onInput={(e) => setSince(e.currentTarget.value)} />
          </Field>
          <button type="submit">Find</button>
        </form>
        <Problem error={error} />
        {page && (
          <div class="inline below" role="status">
            <Badge tone={following ? "good" : "plain"}>{following ? "following" : "standing"}</Badge>
            <span>
              {count(page.endOffset - page.startOffset)} events are kept, from offset {count(page.startOffset)} to {count(page.endOffset)}
            </span>
            <button type="button" class="quiet" disabled={page.fromOffset <= page.startOffset} onClick={() => turnTo({ before: page.fromOffset })}>
              Older
            </button>
            <button type="button" class="quiet" disabled={following || page.nextOffset >= page.endOffset} onClick={() => turnTo({ from: page.nextOffset })}>
              Newer
            </button>
            <button type="button" class="quiet" onClick={() => turnTo({}, !following)}>
              {following ? "Stop" : "Follow"}
            </button>
          </div>
        )}
      </Card>
      <Card title={`Events of ${props.partition}`}>
        {page && rows.length === 0 ? (
          <Empty title="No event is found here" {...(query.key || query.type || query.time ? {} : { command: `curl '${location.origin}/v1/boards/goals/scores' --json '{"member":"ada","score":7}'` })}>
            {page.nextOffset < page.endOffset ? "There are newer ones that were not looked at yet." : "What is written into this partition appears here by itself."}
          </Empty>
        ) : (
          <Table
            label={`Events of ${props.partition}, the newest first`}
            rows={rows}
            id={(e) => String(e.offset)}
            chosen={String(chosen)}
            columns={[
              {
                name: "Offset",
                number: true,
                cell: (e) => (
                  <button type="button" class="quiet" aria-expanded={chosen === e.offset} onClick={() => setChosen(chosen === e.offset ? undefined : e.offset)}>
                    {count(e.offset)}
                  </button>
                ),
              },
              { name: "Time", cell: (e) => <span class="nowrap" title={e.time}>{time(e.time)}</span> },
              { name: "Type", cell: (e) => e.type },
              { name: "Project", number: true, cell: (e) => count(e.project) },
              { name: "What", cell: (e) => (chosen === e.offset ? <Whole partition={props.partition} event={e} /> : <code class="brief">{brief(e)}</code>) },
            ]}
          />
        )}
      </Card>
    </>
  );
}

function Whole(props: { partition: string; event: LoggedEvent }) {
  const path = eventsPath(props.partition, { from: props.event.offset, limit: 1 });
  return (
    <>
      <Code label="the event" text={JSON.stringify(props.event, undefined, 2)} />
      <Code text={`curl '${location.origin}/v1/operations/${path}'`} />
    </>
  );
}
