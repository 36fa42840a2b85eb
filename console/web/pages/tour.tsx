import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { health } from "../node/live.ts";
import { brief, type LoggedEvent } from "../node/log.ts";
import { BOARD, CONVERSATION, type Samples, samples } from "../node/samples.ts";
import { logOf, type Written, written } from "../node/tour.ts";
import { Badge, Card, Empty, Page, Problem, Table } from "../parts/basics.tsx";
import { useLoaded } from "../parts/use.ts";
import { count, time } from "../parts/words.ts";
import { route, to } from "../route.ts";
import { STEPS, type Step } from "./tour-steps.tsx";

const EVERY_MS = 3_000;
const SHOWN = 6;
/** Where somebody was, for when they come back. */
const KEPT = "thalweg.tour";

/** Real data, written before your eyes, and what the log has of it after each step. */
export function TourPage() {
  const loaded = useLoaded(samples, []);
  const number = Number(route.value[1] ?? 0);
  return loaded.value ? (
    <Tour key={number} samples={loaded.value} number={number} />
  ) : (
    <Page title="Tour" lead="Real data, written before your eyes.">
      <Problem error={loaded.error} />
    </Page>
  );
}

function Tour(props: { samples: Samples; number: number }) {
  const { users } = props.samples;
  const state = useLoaded(() => written(users), [users], EVERY_MS);
  const step = STEPS[props.number - 1];
  useEffect(() => {
    if (step) localStorage.setItem(KEPT, String(props.number));
  }, [props.number]);
  return (
    <Page
      title="Tour"
      lead="A tournament and a chat, written before your eyes: what a service answers, and what the log has of it after each step."
    >
      <Progress samples={props.samples} state={state.value} number={props.number} />
      <Problem error={state.error} />
      {step ? (
        state.value && <Shown step={step} number={props.number} samples={props.samples} state={state.value} reload={state.reload} />
      ) : (
        <Before samples={props.samples} state={state.value} />
      )}
    </Page>
  );
}

/** The steps as a list; those whose data is there already have a mark. */
function Progress(props: { samples: Samples; state: Written | undefined; number: number }) {
  return (
    <ol class="steps" aria-label="Steps of the tour">
      {STEPS.map((step, i) => (
        <li key={step.title}>
          <a href={to("tour", String(i + 1))} aria-current={i + 1 === props.number ? "step" : undefined}>
            <span aria-hidden="true">{props.state && step.isDone?.(props.state, props.samples) ? "✓" : i + 1}</span> {step.title}
          </a>
        </li>
      ))}
    </ol>
  );
}

/** Says what will be written, where it comes from, and how to be rid of it, before anything is. */
function Before(props: { samples: Samples; state: Written | undefined }) {
  const { samples, state } = props;
  const kept = Number(localStorage.getItem(KEPT) ?? 0);
  const begun = state !== undefined && state.goals + state.messages > 0;
  return (
    <Card title="Before anything is written">
      <p>
        The tour writes into this node, a step at a time, each when you press its button. It writes what the table says and nothing else. You can leave it at any time and come back: what is
        there is not written twice.
      </p>
      <Table
        label="What the tour writes"
        rows={[
          {
            what: "A leaderboard",
            name: BOARD,
            much: `${count(samples.goals)} goals of the World Cup of 2022`,
            from: <>international_results, CC0 1.0</>,
            there: state && `${count(state.goals)} of ${count(samples.goals)}`,
          },
          {
            what: "A conversation",
            name: CONVERSATION,
            much: `${count(samples.lines.length)} messages of ${count(samples.users.length)} users: ${samples.users.join(", ")}`,
            from: <>irc-disentanglement, CC BY 4.0; names were replaced</>,
            there: state && `${count(Math.min(state.messages, samples.lines.length))} of ${count(samples.lines.length)}`,
          },
        ]}
        id={(row) => row.name}
        columns={[
          { name: "What", cell: (row) => <span class="nowrap">{row.what}</span> },
          { name: "Name", cell: (row) => <code class="nowrap">{row.name}</code> },
          { name: "How much", cell: (row) => row.much },
          { name: "From", cell: (row) => row.from },
          { name: "Here already", number: true, cell: (row) => row.there ?? "" },
        ]}
      />
      <div class="actions">
        {begun && kept > 1 && kept <= STEPS.length && (
          <a class="button" href={to("tour", String(kept))}>
            Go on at step {kept}
          </a>
        )}
        <a class={begun && kept > 1 ? "button quiet" : "button"} href={to("tour", "1")}>
          {begun ? "Look at it from the beginning" : "Begin"}
        </a>
      </div>
    </Card>
  );
}

function Shown(props: { step: Step; number: number; samples: Samples; state: Written; reload(): Promise<void> }) {
  const { step, number } = props;
  const stop = useRef(new AbortController());
  // What runs when the page is left stops, and goes on from there when somebody comes back.
  useEffect(() => () => stop.current.abort(), []);
  const [turn, setTurn] = useState(0);
  const changed = async (): Promise<void> => {
    await props.reload();
    setTurn((old) => old + 1);
  };
  const Body = step.body;
  return (
    <>
      <Card title={`${number}. ${step.title}`}>
        <Body samples={props.samples} state={props.state} signal={stop.current.signal} changed={changed} />
      </Card>
      {step.log?.map(({ service, key, said }) => (
        <InTheLog key={service + key} service={service} routingKey={key} turn={turn} state={props.state}>
          {said}
        </InTheLog>
      ))}
      <div class="actions">
        <a class="button quiet" href={number > 1 ? to("tour", String(number - 1)) : to("tour")}>
          Back
        </a>
        {number < STEPS.length && (
          <a class="button" href={to("tour", String(number + 1))}>
            Next: {STEPS[number]?.title}
          </a>
        )}
      </div>
    </>
  );
}

/** Where a message of the log goes: to which partition of which service. */
function target(event: LoggedEvent): string {
  const { targetService, targetPartition } = (event.event ?? {}) as { targetService?: string; targetPartition?: number };
  return targetService ? ` to ${targetService}/${targetPartition ?? 0}` : "";
}

/** What the log holds of a routing key: the latest events as they lie there. */
function InTheLog(props: { service: string; routingKey: string; turn: number; state: Written; children: ComponentChildren }) {
  const { service, routingKey } = props;
  const partitions = (health.value?.partitions ?? []).map(({ name }) => name);
  const found = useLoaded(
    () => logOf(service, routingKey, partitions, 1_000),
    [service, routingKey, partitions.length, props.turn, props.state.goals, props.state.messages],
    EVERY_MS,
    true,
  );
  const events = found.value?.page.events ?? [];
  const place = found.value?.partition;
  return (
    <Card
      title={`In the log of ${routingKey}`}
      extra={
        place && (
          <span role="status">
            <Badge tone="good">
              {count(events.length)}
              {events.length === 1_000 ? " or more" : ""} {events.length === 1 ? "event" : "events"}
            </Badge>{" "}
            in partition <a href={to("log", ...place.split("/"), routingKey)}>{place}</a>
          </span>
        )
      }
    >
      <p>{props.children}</p>
      <Problem error={found.error} />
      {events.length === 0 ? (
        found.loading ? null : <Empty title="Nothing yet">What the step writes appears here.</Empty>
      ) : (
        <Table
          label={`Latest events of ${routingKey}`}
          rows={events.slice(-SHOWN).reverse()}
          id={(e) => String(e.offset)}
          columns={[
            { name: "Offset", number: true, cell: (e) => count(e.offset) },
            { name: "Time", cell: (e) => <span class="nowrap" title={e.time}>{time(e.time)}</span> },
            { name: "Type", cell: (e) => e.type + target(e) },
            { name: "What", cell: (e) => <code class="brief">{brief(e)}</code> },
          ]}
        />
      )}
    </Card>
  );
}
