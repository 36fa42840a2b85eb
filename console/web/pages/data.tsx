import { useState } from "preact/hooks";
import { type DeadLetter, deadLetters, type Letters } from "../node/dead-letters.ts";
import { health } from "../node/live.ts";
import { operation } from "../node/operations.ts";
import { Badge, Card, Code, Danger, Empty, Page, Problem, Table } from "../parts/basics.tsx";
import { type Loaded, useAction, useLoaded } from "../parts/use.ts";
import { count, time, words } from "../parts/words.ts";
import { Pages } from "./leaderboard.tsx";

const RUNNING_EVERY_MS = 1_500;
/** How many dead letters are shown at once. */
const SHOWN = 50;

/** A piece of work of the node, as its operations tell of it. */
interface Job {
  readonly state: "NONE" | "RUNNING" | "DONE" | "FAILED";
  readonly what: string;
  readonly done: number;
  readonly of: number;
  readonly error: string;
  readonly good: boolean;
  readonly report: readonly string[];
}

export function DataPage() {
  const services = [...new Set((health.value?.partitions ?? []).map(({ name }) => name.slice(0, name.indexOf("/"))))];
  return (
    <Page title="Data" lead="The log is the record. Checkpoints, tables and backups are made from it, and can be made again.">
      <div class="two">
        <Checkpoints />
        <Card title="Backup">
          <p>Consistent over all partitions, incremental, taken while the node serves. Run it where the backup is to lie:</p>
          <Code text={`thalweg backup /backups/main --url ${location.origin}`} />
          <p>And the way back, to any moment that the backup holds:</p>
          <Code text="thalweg restore /backups/main --data /var/lib/thalweg-new" />
        </Card>
      </div>
      <Card title="Rebuild and compare">
        <p>Makes the tables of a service from the log again, with the code that runs, beside those that serve. Differences are shown by table and key.</p>
        <Rebuild services={services} />
      </Card>
      <DeadLetters />
    </Page>
  );
}

function Progress(props: { job: Job | undefined }) {
  const job = props.job;
  if (!job || job.state === "NONE") return null;
  const share = job.of > 0 ? job.done / job.of : 0;
  return (
    <div class="stack" role="status">
      <div class="inline">
        <Badge tone={job.state === "RUNNING" ? "plain" : job.state === "DONE" && job.good ? "good" : "bad"}>{words(job.state)}</Badge>
        <span>{job.state === "RUNNING" ? `${job.what} ${count(job.done)} of ${count(job.of)}` : job.error}</span>
      </div>
      {job.state === "RUNNING" && <progress max={1} value={share} aria-label="Progress" />}
      {job.report.length > 0 && <pre tabIndex={0}>{job.report.join("\n")}</pre>}
    </div>
  );
}

/** What a piece of work has come to. Asked again and again only while it runs: each question is in the audit log. */
function useJob(path: string): Loaded<Job | undefined> {
  const [running, setRunning] = useState(false);
  return useLoaded(
    async () => {
      if (!path) return undefined;
      const job = await operation<Job>(path);
      setRunning(job.state === "RUNNING");
      return job;
    },
    [path],
    running ? RUNNING_EVERY_MS : 0,
    true,
  );
}

function Checkpoints() {
  const job = useJob("checkpoints");
  const action = useAction();
  return (
    <Card title="Checkpoint">
      <p>A copy of all tables with a digest, checked against the log, so that a start or a new node need not replay everything.</p>
      <button
        type="button"
        disabled={action.running || job.value?.state === "RUNNING"}
        onClick={() => void action.run(async () => (await operation("checkpoints?replay=true", { method: "POST" }), job.reload()))}
      >
        Take and verify one
      </button>
      <Problem error={action.error ?? job.error} />
      <Progress job={job.value} />
    </Card>
  );
}

/** A choice of services, and the button that rebuilds one beside itself. */
export function Rebuild(props: { services: readonly string[] }) {
  const [service, setService] = useState("");
  const chosen = service || props.services[0] || "";
  const path = `services/${encodeURIComponent(chosen)}/rebuild`;
  const job = useJob(chosen ? path : "");
  const action = useAction();
  return (
    <>
      <div class="inline">
        <select aria-label="Service" value={chosen} onChange={(e) => setService(e.currentTarget.value)}>
          {props.services.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <button
          type="button"
          disabled={action.running || job.value?.state === "RUNNING" || !chosen}
          onClick={() => void action.run(async () => (await operation(path, { method: "POST" }), job.reload()))}
        >
          Rebuild beside
        </button>
      </div>
      <Problem error={action.error ?? job.error} />
      <Progress job={job.value} />
    </>
  );
}

function DeadLetters() {
  // Health says for nothing how many there are where; only those services are asked.
  const counts = new Map<string, number>();
  for (const { name, deadLetters } of health.value?.partitions ?? []) {
    const service = name.slice(0, name.indexOf("/"));
    if (deadLetters > 0) counts.set(service, (counts.get(service) ?? 0) + deadLetters);
  }
  const [after, setAfter] = useState("");
  const letters = useLoaded(() => deadLetters([...counts.keys()], after, SHOWN, operation<Letters>), [[...counts].join(), after], 0, true);
  const [dropping, setDropping] = useState<DeadLetter | undefined>(undefined);
  const action = useAction();
  const path = (letter: DeadLetter): string => `services/${encodeURIComponent(letter.service)}/deadLetters/${encodeURIComponent(letter.id)}`;
  return (
    <Card title="Dead letters">
      <Problem error={action.error ?? letters.error} />
      {letters.value?.letters.length === 0 && after === "" ? (
        <Empty title="None">Messages and timers that a service refused for good would wait here, to be tried again or dropped.</Empty>
      ) : (
        <Table
          label="Dead letters"
          rows={letters.value?.letters ?? []}
          id={(letter) => letter.service + letter.id}
          columns={[
            { name: "Service", cell: (letter) => letter.service },
            { name: "Letter", cell: (letter) => <code>{letter.id}</code> },
            { name: "When", cell: (letter) => time(letter.time) },
            { name: "From", cell: (letter) => letter.source },
            { name: "What", cell: (letter) => <code title={JSON.stringify(letter.request)}>{letter.requestType}</code> },
            { name: "Refused with", cell: (letter) => `${letter.code}: ${letter.reason}` },
            {
              name: "",
              cell: (letter) => (
                <div class="inline">
                  <button type="button" class="link" onClick={() => void action.run(async () => (await operation(`${path(letter)}:retry`, { method: "POST" }), letters.reload()))}>
                    Retry
                  </button>
                  <button type="button" class="link" onClick={() => setDropping(letter)}>
                    Drop
                  </button>
                </div>
              ),
            },
          ]}
        />
      )}
      <Pages first={() => setAfter("")} next={letters.value?.next ?? ""} onNext={setAfter} isFirst={after === ""} />
      {dropping && (
        <Danger
          title="Drop a dead letter"
          name={dropping.service}
          verb="Drop it"
          what="It will never be executed. What sent it believes that it will be."
          onConfirm={async () => {
            await operation(path(dropping), { method: "DELETE" });
            await letters.reload();
          }}
          onClose={() => setDropping(undefined)}
        />
      )}
    </Card>
  );
}
