import { useState } from "preact/hooks";
import { client } from "../node/session.ts";
import { Badge, Card, Danger, Empty, Field, Figure, Page, Problem, Table } from "../parts/basics.tsx";
import { useAction, useLoaded } from "../parts/use.ts";
import { away, count, time, words } from "../parts/words.ts";
import { go, route, to } from "../route.ts";

const SHOWN = 50;
const EVERY_MS = 2_000;
const STATES = ["READY", "RUNNING", "SCHEDULED", "BLOCKED", "DEAD", "DONE"] as const;
type State = (typeof STATES)[number];

export function JobsPage() {
  const queue = route.value[1];
  return queue === undefined ? <Queues /> : <Queue key={queue} name={queue} />;
}

function Queues() {
  const [after, setAfter] = useState("");
  const queues = useLoaded(() => client.jobs.listQueues({ pageSize: SHOWN, afterQueue: after }), [after], EVERY_MS);
  const rows = queues.value?.queues ?? [];
  const next = queues.value?.nextAfterQueue ?? "";
  return (
    <Page title="Jobs" lead="Queues with limits and a fair share for each key. A worker holds a job by a lease: if it dies, another one gets it.">
      <Problem error={queues.error} />
      <div class="two wide-left">
        <Card title="Queues">
          {rows.length === 0 && !queues.loading ? (
            <Empty title="There is no queue yet" command={`curl '${location.origin}/v1/queues/mail/jobs' --json '{"job":{"type":"welcome","payload":"e30="}}'`}>
              A queue is made by its first job. Enqueue one here, or from a terminal:
            </Empty>
          ) : (
            <Table
              label="Queues"
              rows={rows}
              id={(q) => q.queue}
              columns={[
                { name: "Queue", cell: (q) => <a href={to("jobs", q.queue)}>{q.queue}</a> },
                { name: "State", cell: (q) => (q.paused ? <Badge tone="warn">paused</Badge> : <Badge tone="good">open</Badge>) },
                { name: "Ready", number: true, cell: (q) => count(q.figures?.ready) },
                { name: "Running", number: true, cell: (q) => count(q.figures?.running) },
                { name: "Scheduled", number: true, cell: (q) => count(q.figures?.scheduled) },
                { name: "Dead", number: true, cell: (q) => count(q.figures?.dead) },
                { name: "Done in all", number: true, cell: (q) => count(q.figures?.totalDone) },
                { name: "Oldest ready", cell: (q) => away(q.figures?.oldestReadyTime) },
              ]}
            />
          )}
          {(after || next) && (
            <div class="actions">
              <button type="button" class="quiet" disabled={!after} onClick={() => setAfter("")}>
                First page
              </button>
              <button type="button" class="quiet" disabled={!next} onClick={() => setAfter(next)}>
                Next page
              </button>
            </div>
          )}
        </Card>
        <Enqueue
          onDone={(queue) => {
            void queues.reload();
            go("jobs", queue);
          }}
        />
      </div>
    </Page>
  );
}

/** Bytes of a contract are base64 in JSON. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function Enqueue(props: { queue?: string; onDone(queue: string): void }) {
  const [queue, setQueue] = useState(props.queue ?? "");
  const [type, setType] = useState("");
  const [payload, setPayload] = useState("{}");
  const [delay, setDelay] = useState("0");
  const [key, setKey] = useState("");
  const action = useAction();
  const [said, setSaid] = useState("");
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    await action.run(async () => {
      const { job } = await client.jobs.enqueue({
        queue,
        job: { type, key, payload: base64(payload), delayMs: Math.round(Number(delay) * 1000) },
      });
      setSaid(`Job ${job} is enqueued`);
      props.onDone(queue);
    });
  };
  return (
    <Card title="Enqueue a job">
      <form class="stack" onSubmit={submit}>
        {props.queue === undefined && (
          <Field label="Queue">
            <input value={queue} onInput={(e) => setQueue(e.currentTarget.value)} required autocomplete="off" placeholder="mail" />
          </Field>
        )}
        <Field label="Type" hint="What the worker does with it.">
          <input value={type} onInput={(e) => setType(e.currentTarget.value)} required autocomplete="off" placeholder="welcome" />
        </Field>
        <Field label="Payload">
          <textarea rows={3} value={payload} onInput={(e) => setPayload(e.currentTarget.value)} spellcheck={false} />
        </Field>
        <Field label="Delay, seconds">
          <input type="number" min="0" step="any" value={delay} onInput={(e) => setDelay(e.currentTarget.value)} />
        </Field>
        <Field label="Key" hint="Keys share the queue fairly; a customer's name, for example.">
          <input value={key} onInput={(e) => setKey(e.currentTarget.value)} autocomplete="off" />
        </Field>
        <button type="submit" disabled={action.running}>
          Enqueue
        </button>
        <Problem error={action.error} />
        {said && <p role="status">{said}</p>}
      </form>
    </Card>
  );
}

function Queue(props: { name: string }) {
  const queue = props.name;
  const [state, setState] = useState<State>("READY");
  const [after, setAfter] = useState("0");
  const [deleting, setDeleting] = useState(false);
  const info = useLoaded(() => client.jobs.getQueue({ queue }), [queue], EVERY_MS);
  const jobs = useLoaded(() => client.jobs.listJobs({ queue, state, pageSize: SHOWN, afterJob: after }), [queue, state, after], EVERY_MS);
  const schedules = useLoaded(() => client.jobs.listSchedules({ queue, pageSize: SHOWN }), [queue], 5 * EVERY_MS);
  const keys = useLoaded(() => client.jobs.listKeys({ queue, pageSize: 20 }), [queue], EVERY_MS);
  const action = useAction();
  const reload = async (): Promise<void> => {
    await Promise.all([info.reload(), jobs.reload()]);
  };
  const act = (what: () => Promise<unknown>): void => void action.run(async () => (await what(), reload()));
  const figures = info.value?.figures;
  const dead = Number(figures?.dead ?? 0);
  const next = jobs.value?.nextAfterJob ?? "0";
  return (
    <Page
      title={queue}
      lead={
        <>
          <a href={to("jobs")}>Jobs</a> · made {away(info.value?.createTime)}
        </>
      }
      actions={
        <>
          {info.value?.paused ? <Badge tone="warn">paused</Badge> : <Badge tone="good">open</Badge>}
          <button type="button" class="quiet" disabled={action.running} onClick={() => act(() => client.jobs.pauseQueue({ queue, resume: info.value?.paused ?? false }))}>
            {info.value?.paused ? "Resume" : "Pause"}
          </button>
          <button type="button" class="quiet" disabled={action.running || dead === 0} onClick={() => act(() => client.jobs.requeue({ queue, max: 1000 }))}>
            Requeue the dead
          </button>
          <button type="button" class="quiet danger" onClick={() => setDeleting(true)}>
            Delete
          </button>
        </>
      }
    >
      <Problem error={action.error ?? info.error} />
      <div class="figures">
        <Figure name="Ready" value={count(figures?.ready)} note={figures?.oldestReadyTime ? `oldest ${away(figures.oldestReadyTime)}` : "nobody waits"} />
        <Figure name="Running" value={count(figures?.running)} />
        <Figure name="Scheduled" value={count(figures?.scheduled)} note={figures?.nextTime ? `next ${away(figures.nextTime)}` : ""} />
        <Figure name="Dead" value={count(figures?.dead)} {...(dead > 0 ? { tone: "bad" as const } : {})} />
        <Figure name="Done in all" value={count(figures?.totalDone)} note={`${count(figures?.totalFailed)} attempts failed`} />
        <Figure name="Lost workers" value={count(figures?.totalLost)} note="leases that ran out" />
      </div>
      <div class="two wide-left">
        <Card
          title="Jobs"
          extra={
            <div class="tabs" role="group" aria-label="State">
              {STATES.map((each) => (
                <button
                  key={each}
                  type="button"
                  aria-pressed={each === state}
                  onClick={() => {
                    setState(each);
                    setAfter("0");
                  }}
                >
                  {words(each)}
                </button>
              ))}
            </div>
          }
        >
          <Problem error={jobs.error} />
          {jobs.value?.jobs.length === 0 ? (
            <Empty title={`No job is ${words(state)}`} {...(state === "READY" ? { command: `curl '${location.origin}/v1/queues/${queue}/jobs' --json '{"job":{"type":"welcome","payload":"e30="}}'` } : {})} />
          ) : (
            <Table
              label={`Jobs that are ${words(state)}`}
              rows={jobs.value?.jobs ?? []}
              id={(j) => j.job}
              columns={[
                { name: "Job", number: true, cell: (j) => j.job },
                { name: "Type", cell: (j) => j.spec?.type },
                { name: "Key", cell: (j) => j.spec?.key },
                { name: "Attempts", number: true, cell: (j) => j.attempts },
                { name: "Since", cell: (j) => <span title={time(j.enqueueTime)}>{away(j.enqueueTime)}</span> },
                { name: "Runs", cell: (j) => (state === "RUNNING" ? `${j.worker} ${j.progress}` : away(j.runTime)) },
                { name: "Last error", cell: (j) => <span class="bad">{j.lastError}</span> },
                {
                  name: "",
                  cell: (j) =>
                    state === "DEAD" ? (
                      <button type="button" class="link" onClick={() => act(() => client.jobs.requeue({ queue, jobs: [j.job] }))}>
                        Requeue
                      </button>
                    ) : state === "DONE" ? null : (
                      <button type="button" class="link" onClick={() => act(() => client.jobs.cancelJob({ queue, job: j.job }))}>
                        Cancel
                      </button>
                    ),
                },
              ]}
            />
          )}
          {(after !== "0" || (next !== "0" && next !== "")) && (
            <div class="actions">
              <button type="button" class="quiet" disabled={after === "0"} onClick={() => setAfter("0")}>
                First page
              </button>
              <button type="button" class="quiet" disabled={next === "0" || next === ""} onClick={() => setAfter(next)}>
                Next page
              </button>
            </div>
          )}
        </Card>
        <div class="stack">
          <Enqueue queue={queue} onDone={() => void reload()} />
          <Card title="Keys">
            {keys.value?.keys.length ? (
              <Table
                label="Keys that wait or run"
                rows={keys.value.keys}
                id={(k) => k.key}
                columns={[
                  { name: "Key", cell: (k) => k.key || "(none)" },
                  { name: "Ready", number: true, cell: (k) => count(k.ready) },
                  { name: "Running", number: true, cell: (k) => count(k.running) },
                  { name: "Held back", cell: (k) => away(k.throttledUntil) },
                ]}
              />
            ) : (
              <p class="faint">No key waits.</p>
            )}
          </Card>
          <Card title="Schedules">
            {schedules.value?.schedules.length ? (
              <Table
                label="Schedules"
                rows={schedules.value.schedules}
                id={(s) => s.schedule}
                columns={[
                  { name: "Schedule", cell: (s) => s.schedule },
                  { name: "When", cell: (s) => <code title={s.timeZone}>{s.cron}</code> },
                  { name: "Next", cell: (s) => <span title={time(s.nextTime)}>{away(s.nextTime)}</span> },
                ]}
              />
            ) : (
              <Empty
                title="Nothing is scheduled"
                command={`curl -X PUT '${location.origin}/v1/queues/${queue}/schedules/nightly' --json '{"cron":"0 3 * * *","timeZone":"Europe/Berlin","job":{"type":"report"}}'`}
              />
            )}
          </Card>
        </div>
      </div>
      {deleting && (
        <Danger
          title={`Delete ${queue}`}
          name={queue}
          verb="Delete the queue"
          what="The queue goes with all its jobs and schedules, those that run included."
          onConfirm={async () => {
            await client.jobs.deleteQueue({ queue });
            go("jobs");
          }}
          onClose={() => setDeleting(false)}
        />
      )}
    </Page>
  );
}
