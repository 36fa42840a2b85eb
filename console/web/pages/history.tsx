import type { docs } from "@thalweg/client";
import { useEffect, useState } from "preact/hooks";
import { client } from "../node/session.ts";
import { Badge, Card, Danger, Empty, Field, Problem, Table } from "../parts/basics.tsx";
import { useAction, useLoaded } from "../parts/use.ts";
import { bytes, count, time } from "../parts/words.ts";

/** As many runs of updates as the slider has at most; older ones are reached by their names. */
const MOST = 500;
/** A person who moves the slider passes over many versions: what is read is where it comes to rest. */
const REST_MS = 150;

const by = (author: string): string => author || "nobody in particular";

/** The past of a document: a slider over its versions, each of which can be read, compared, named and restored. */
export function History(props: { document: string; root: string; version: string }) {
  const { document, root } = props;
  const [each, setEach] = useState(false);
  const versions = useLoaded(
    async () => {
      const page = await client.docs.listVersions({ document, pageSize: MOST, ...(each ? { pauseSeconds: 0 } : {}) });
      return { rows: [...page.versions].reverse(), more: page.nextPageToken !== "" };
    },
    [document, props.version, each],
    0,
    true,
  );
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const rows = versions.value?.rows ?? [];
  const found = rows.findIndex(({ version }) => version === chosen);
  // Nothing chosen, or a version that is within a run now: the newest.
  const at = found < 0 ? rows.length - 1 : found;
  const row = rows[at];
  return (
    <Card
      title="History"
      extra={
        <label class="check">
          <input type="checkbox" checked={each} onChange={(e) => setEach(e.currentTarget.checked)} />
          Every update by itself
        </label>
      }
    >
      <Problem error={versions.error} />
      {row ? (
        <>
          <Field label="Version" hint={`${count(rows.length)} ${rows.length === 1 ? "version" : "versions"}, the oldest on the left${versions.value?.more ? "; there are older ones" : ""}`}>
            <input
              type="range"
              min={0}
              max={rows.length - 1}
              value={at}
              aria-valuetext={`Version ${row.version} of ${time(row.time)} by ${by(row.author)}${row.names.length > 0 ? `, named ${row.names.join(", ")}` : ""}`}
              onInput={(e) => setChosen(rows[Number(e.currentTarget.value)]?.version)}
            />
          </Field>
          <Past key={document} document={document} root={root} row={row} before={rows[at - 1]} newest={at === rows.length - 1} reload={versions.reload} />
          <Names document={document} turn={versions.value} choose={setChosen} reload={versions.reload} />
        </>
      ) : (
        !versions.loading && <Empty title="There is no history yet">Each edit from now on is a version that can be read, named and restored.</Empty>
      )}
    </Card>
  );
}

/** What is shown of a version: its text, or what it changed. */
function Past(props: { document: string; root: string; row: docs.Version; before: docs.Version | undefined; newest: boolean; reload(): Promise<void> }) {
  const { document, root, row, before } = props;
  const [shown, setShown] = useState<"text" | "changes">("text");
  const [rested, setRested] = useState(row.version);
  useEffect(() => {
    const timer = setTimeout(() => setRested(row.version), REST_MS);
    return () => clearTimeout(timer);
  }, [row.version]);
  const from = before?.version ?? "0";
  const past = useLoaded(
    async () =>
      shown === "text"
        ? { text: (await client.docs.readVersion({ document, root, version: rested })).content, version: rested, changes: undefined }
        : { text: "", version: rested, changes: (await client.docs.compareVersions({ document, root, from, to: rested })).changes },
    [document, root, rested, shown, from],
    0,
    true,
  );
  const [name, setName] = useState("");
  const [restoring, setRestoring] = useState(false);
  const action = useAction();
  const give = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (await action.run(() => client.docs.nameVersion({ document, name, version: row.version }))) {
      setName("");
      await props.reload();
    }
  };
  return (
    <>
      <div class="inline below">
        <p role="status" class="said">
          <strong>Version {count(row.version)}</strong> · {time(row.time)} · {by(row.author)} · {bytes(Number(row.bytes))} of updates{" "}
          {row.names.map((each) => (
            <Badge key={each} tone="good">
              {each}
            </Badge>
          ))}
          {props.newest && <Badge>the present one</Badge>}
        </p>
        <div class="tabs" role="group" aria-label="What is shown">
          <button type="button" aria-pressed={shown === "text"} onClick={() => setShown("text")}>
            Text
          </button>
          <button type="button" aria-pressed={shown === "changes"} onClick={() => setShown("changes")}>
            What changed
          </button>
        </div>
      </div>
      <Problem error={past.error} />
      <pre tabIndex={0} class="past" role="region" aria-label={`Text of version ${row.version}`} aria-busy={past.value?.version !== row.version}>
        {past.value?.changes?.map(({ kind, text, author }, i) =>
          kind === "INSERTED" ? (
            <ins key={i} title={by(author)}>
              {text}
            </ins>
          ) : kind === "DELETED" ? (
            <del key={i} title={by(author)}>
              {text}
            </del>
          ) : (
            text
          ),
        ) ??
          (past.value?.text || <span class="faint">{past.loading ? "" : "Nothing was in it."}</span>)}
      </pre>
      <div class="inline">
        <form class="inline" onSubmit={give}>
          <Field label="Name of this version">
            <input value={name} onInput={(e) => setName(e.currentTarget.value)} required autocomplete="off" placeholder="before the review" />
          </Field>
          <button type="submit" class="quiet" disabled={action.running}>
            Give the name
          </button>
        </form>
        <button type="button" class="quiet danger restore" disabled={props.newest} onClick={() => setRestoring(true)}>
          Restore this version
        </button>
      </div>
      <Problem error={action.error} />
      {restoring && (
        <Danger
          title={`Restore version ${row.version}`}
          name={document}
          verb="Restore it"
          what={`Everybody's text becomes what it was at ${time(row.time)}. It is an edit as any other: what is there now stays in the history and can be restored in turn.`}
          onConfirm={async () => {
            await client.docs.restoreVersion({ document, version: row.version });
            await props.reload();
          }}
          onClose={() => setRestoring(false)}
        />
      )}
    </>
  );
}

/** The versions that have a name: they stay however much history the document keeps. */
function Names(props: { document: string; turn: unknown; choose(version: string): void; reload(): Promise<void> }) {
  const { document } = props;
  const names = useLoaded(async () => (await client.docs.listNames({ document })).names, [document, props.turn], 0, true);
  const action = useAction();
  if (!names.value || names.value.length === 0) return <Problem error={names.error} />;
  return (
    <>
      <h3>Named versions</h3>
      <Table
        label="Named versions"
        rows={names.value}
        id={(n) => n.name}
        columns={[
          {
            name: "Name",
            cell: (n) => (
              <button type="button" class="link" onClick={() => props.choose(n.version)}>
                {n.name}
              </button>
            ),
          },
          { name: "Version", number: true, cell: (n) => count(n.version) },
          { name: "Named by", cell: (n) => by(n.author) },
          { name: "Named", cell: (n) => <span title={n.time}>{time(n.time)}</span> },
          {
            name: "",
            cell: (n) => (
              <button
                type="button"
                class="link"
                disabled={action.running}
                aria-label={`Remove the name ${n.name}`}
                onClick={() => void action.run(async () => (await client.docs.removeName({ document, name: n.name }), props.reload()))}
              >
                Remove
              </button>
            ),
          },
        ]}
      />
      <Problem error={action.error} />
    </>
  );
}
