import type { ComponentChildren, FunctionComponent } from "preact";
import { useState } from "preact/hooks";
import { batches, BOARD, CONVERSATION, request, type Samples, user } from "../node/samples.ts";
import { client } from "../node/session.ts";
import { send, writeChat, writeGoals, type Written } from "../node/tour.ts";
import { Badge, Code, Problem, Table } from "../parts/basics.tsx";
import { useAction, useLoaded } from "../parts/use.ts";
import { count } from "../parts/words.ts";
import { to } from "../route.ts";
import { Rebuild } from "./data.tsx";

/** What a step has to do with. */
interface StepProps {
  readonly samples: Samples;
  readonly state: Written;
  /** Ends what runs when the page is left. */
  readonly signal: AbortSignal;
  changed(): Promise<void>;
}

export interface Step {
  readonly title: string;
  readonly body: FunctionComponent<StepProps>;
  isDone?(state: Written, samples: Samples): boolean;
  readonly log?: readonly { readonly service: string; readonly key: string; readonly said: string }[];
}

/** Whose inbox is shown: the one who answers first. */
const READER = user("bo");
const EVERY_MS = 2_000;

export const STEPS: readonly Step[] = [
  {
    title: "A goal",
    body: Goal,
    isDone: (state) => state.goals > 0,
    log: [
      {
        service: "leaderboard",
        key: BOARD,
        said: "The command was decided, what it decided became events, and they were forced to the disk before the answer left. Ranks are made from them.",
      },
    ],
  },
  {
    title: "A tournament",
    body: Tournament,
    isDone: (state, samples) => state.goals >= samples.goals,
    log: [{ service: "leaderboard", key: BOARD, said: "A match is one request, and what it changed is one event. The order in which they lie here is the order in which they happened." }],
  },
  {
    title: "The same again",
    body: Again,
    log: [{ service: "leaderboard", key: BOARD, said: "As before: what changes nothing writes nothing." }],
  },
  {
    title: "A chat",
    body: Chat,
    isDone: (state, samples) => state.messages >= samples.lines.length,
    log: [
      {
        service: "messaging",
        key: CONVERSATION,
        said: "Each message has its number here, and behind it are the messages to the inboxes, in the same batch. What it says is sealed with a key of who wrote it: destroy the key, and it is unreadable here and in every backup.",
      },
    ],
  },
  {
    title: "An inbox",
    body: Inbox,
    log: [
      {
        service: "messaging",
        key: READER,
        said: "Another key, so most likely another partition. The conversation told this inbox by messages of the log, each of which arrives exactly once, also if the node dies in between.",
      },
    ],
  },
  { title: "Made again", body: MadeAgain },
];

/** Something is done when its button is pressed, which says how much it writes. */
function Write(props: { verb: string; of: number; done: boolean; run(at: (done: number) => void): Promise<void>; after: string; children?: ComponentChildren }) {
  const action = useAction();
  const [at, setAt] = useState(0);
  return (
    <div class="stack">
      <div class="inline">
        <button type="button" disabled={action.running || props.done} onClick={() => void action.run(() => props.run(setAt))}>
          {props.verb}
        </button>
        {props.done && (
          <span role="status">
            <Badge tone="good">done</Badge> {props.after}
          </span>
        )}
      </div>
      {action.running && <progress max={props.of} value={at} aria-label={`${count(at)} of ${count(props.of)}`} />}
      <Problem error={action.error} />
      {props.children}
    </div>
  );
}

/** Where a step needs what another one writes. */
function First(props: { step: number; children: string }) {
  return (
    <p>
      {props.children} <a href={to("tour", String(props.step))}>Step {props.step}</a> writes it.
    </p>
  );
}

function Goal(props: StepProps) {
  const { samples, state, signal } = props;
  const match = samples.matches[0];
  const [scorer, minute] = match?.goals[0] ?? ["", 0];
  const only = { afterRow: 0, lastRow: 1, scores: [{ member: scorer, score: 1 }] };
  return (
    <>
      <p>
        {match?.date}, {match?.home} against {match?.away}: {scorer} scores in minute {minute}. The button sends this, which makes the board <code>{BOARD}</code> and puts him at its top:
      </p>
      <Code text={`curl '${location.origin}/v1/boards/${BOARD}/scores:batch' --json '${JSON.stringify(request(only))}'`} />
      <Write
        verb="Write one goal"
        of={1}
        done={state.goals > 0}
        after={`${scorer} is on the board.`}
        run={async () => {
          await send(only, signal);
          await props.changed();
        }}
      />
    </>
  );
}

function Tournament(props: StepProps) {
  const { samples, state, signal } = props;
  const left = samples.goals - state.goals;
  const done = left <= 0;
  return (
    <>
      <p>
        {samples.matches.length} matches with goals were played until the final. A board that adds up counts a point for each goal{done ? "." : `; the button writes the ${count(left)} that are not here yet, match by match.`}
      </p>
      <Write
        verb={done ? "Written" : `Write ${count(left)} goals`}
        of={samples.goals}
        done={done}
        after={`${count(samples.goals)} goals are on the board.`}
        run={async (at) => {
          await writeGoals(samples.matches, at, signal);
          await props.changed();
        }}
      >
        {state.goals > 0 && <Standings goals={state.goals} />}
      </Write>
    </>
  );
}

/** The head of the board, as anybody would ask for it. */
function Standings(props: { goals: number }) {
  const top = useLoaded(() => client.leaderboard.listEntries({ board: BOARD, pageSize: 5 }), [props.goals], 0, true);
  return (
    <>
      <Problem error={top.error} />
      <Table
        label="Top scorers"
        rows={top.value?.entries ?? []}
        id={(e) => e.member}
        columns={[
          { name: "Rank", number: true, cell: (e) => count(e.rank) },
          { name: "Scorer", cell: (e) => e.member },
          { name: "Goals", number: true, cell: (e) => count(e.score) },
        ]}
      />
      <p>
        <a href={to("leaderboard", BOARD)}>The whole board</a>, live.
      </p>
    </>
  );
}

function Again(props: StepProps) {
  const { samples, state, signal } = props;
  const action = useAction();
  const [said, setSaid] = useState("");
  const all = batches(samples.matches, 0);
  const again = async (): Promise<void> => {
    let anew = 0;
    for (const batch of all) anew += (await send(batch, signal)) ? 1 : 0;
    setSaid(`${count(all.length)} requests were answered, ${anew === 0 ? "none" : count(anew)} of them changed anything.`);
    await props.changed();
  };
  if (state.goals < samples.goals) return <First step={2}>The whole tournament has to be here.</First>;
  return (
    <>
      <p>
        An importer was killed and begins from the start, a client asks again since it heard no answer: it happens, and the goals must not count twice. Each match named its place in its source, and
        the board remembers how far it came, in the same batch as the goals. The button sends all {count(samples.goals)} goals once more.
      </p>
      <div class="inline">
        <button type="button" disabled={action.running} onClick={() => void action.run(again)}>
          Send everything again
        </button>
        <span role="status">{said}</span>
      </div>
      <Problem error={action.error} />
    </>
  );
}

function Chat(props: StepProps) {
  const { samples, state, signal } = props;
  const done = state.messages >= samples.lines.length;
  return (
    <>
      <p>
        Somebody asks about cargo in the channel of Rust, and three others answer. The button makes the conversation <code>{CONVERSATION}</code> and sends its {count(samples.lines.length)} messages.
      </p>
      <Write
        verb={done ? "Written" : `Write ${count(samples.lines.length)} messages`}
        of={samples.lines.length}
        done={done}
        after="They are in the conversation, and in four inboxes."
        run={async (at) => {
          await writeChat(samples.lines, samples.users, at, signal);
          await props.changed();
        }}
      />
      <ol class="talk below" aria-label="The first messages">
        {samples.lines.slice(0, 3).map((line) => (
          <li key={line.text}>
            <span class="faint">{line.user}</span>
            <span>{line.text}</span>
          </li>
        ))}
      </ol>
      {done && (
        <p class="below">
          <a href={to("messaging", samples.users[0] ?? "", CONVERSATION)}>The conversation</a> as {samples.users[0]} sees it.
        </p>
      )}
    </>
  );
}

function Inbox(props: StepProps) {
  const { samples, state } = props;
  const chats = useLoaded(() => client.messaging.listChats({ user: READER, pageSize: 10 }), [state.messages], EVERY_MS, true);
  const action = useAction();
  const chat = chats.value?.chats.find(({ conversation }) => conversation === CONVERSATION);
  const unread = Number(chat?.unread ?? 0);
  if (state.messages < samples.lines.length) return <First step={4}>The chat has to be here.</First>;
  return (
    <>
      <p>
        {READER} answered once and went away. Each user has one inbox, with a cursor for each device; it knows what is unread without asking the conversation. The button writes that {READER} has read
        all of it.
      </p>
      <div class="inline">
        <button
          type="button"
          disabled={action.running || unread === 0}
          onClick={() =>
            void action.run(async () => {
              await client.messaging.markRead({ user: READER, conversation: CONVERSATION, seq: chat?.lastSeq ?? "0" });
              await chats.reload();
              await props.changed();
            })
          }
        >
          Read it all
        </button>
        <span role="status">
          <Badge tone={unread > 0 ? "warn" : "good"}>{count(unread)} unread</Badge>
        </span>
        <a href={to("messaging", READER)}>The inbox</a>
      </div>
      <Problem error={action.error ?? chats.error} />
    </>
  );
}

function MadeAgain() {
  return (
    <>
      <p>
        Ranks, unread counts and indexes are derived from the log. The button makes all tables of a service from its log again, beside those that serve, and compares them. It writes nothing.
      </p>
      <Rebuild services={["leaderboard", "messaging"]} />
      <h3>And now</h3>
      <ul>
          <li>
            <a href={to("leaderboard", BOARD)}>Submit a goal yourself</a>, in two tabs.
          </li>
          <li>
            <a href={to("explorer")}>Call any method</a>, and take the call along as curl, TypeScript or Java.
          </li>
          <li>
            The board goes with <a href={to("leaderboard", BOARD)}>Delete</a> on its page, and the tour can be taken anew. The conversation stays; nobody else is in it.
          </li>
      </ul>
    </>
  );
}
