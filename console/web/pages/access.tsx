import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { client } from "../node/session.ts";
import { Badge, Card, Code, Danger, Empty, Field, Page, Problem, Table } from "../parts/basics.tsx";
import { useAction, useLoaded } from "../parts/use.ts";
import { away, time, words } from "../parts/words.ts";
import type { access } from "@thalweg/client";
import { Pages } from "./leaderboard.tsx";

const SHOWN = 50;
const CREATE = "thalweg api-keys create web --project shop --allow leaderboard:read+write";

function may(permission: access.Permission): string {
  const prefix = permission.keyPrefix ? ` (${permission.keyPrefix}*)` : "";
  return `${permission.service}: ${permission.access.map(words).join(", ")}${prefix}`;
}

/** Who may do what: projects, keys, and what was done. */
export function AccessPage() {
  const [projectsAfter, setProjectsAfter] = useState("");
  const projects = useLoaded(() => client.access.listProjects({ pageSize: SHOWN, pageToken: projectsAfter }), [projectsAfter]);
  const [keysAfter, setKeysAfter] = useState("");
  const [auditAfter, setAuditAfter] = useState("");
  const keys = useLoaded(() => client.access.listApiKeys({ pageSize: SHOWN, pageToken: keysAfter }), [keysAfter]);
  const audit = useLoaded(() => client.access.listAuditRecords({ pageSize: SHOWN, pageToken: auditAfter }), [auditAfter], 5_000);
  const [revoking, setRevoking] = useState<access.ApiKey | undefined>(undefined);
  return (
    <Page title="Access" lead="Every call belongs to a project. What one project stores another cannot see, over any protocol.">
      <Problem error={projects.error ?? keys.error} />
      <div class="two wide-left">
        <Card title="API keys">
          {keys.value?.apiKeys.length === 0 ? (
            <Empty title="There is no key" command={CREATE}>
              Without credentials asked for, whoever reaches this node may do everything. A key is made so, and shown once:
            </Empty>
          ) : (
            <Table
              label="API keys"
              rows={keys.value?.apiKeys ?? []}
              id={(k) => k.key}
              columns={[
                { name: "Key", cell: (k) => <code>{k.key}</code> },
                { name: "May", cell: (k) => k.permissions.map(may).join("; ") },
                { name: "State", cell: (k) => <KeyState of={k} /> },
                { name: "Made", cell: (k) => <span title={time(k.createTime)}>{away(k.createTime)}</span> },
                { name: "Expires", cell: (k) => away(k.expireTime) || "never" },
                {
                  name: "",
                  cell: (k) =>
                    k.revokeTime ? null : (
                      <button type="button" class="link" onClick={() => setRevoking(k)}>
                        Revoke
                      </button>
                    ),
                },
              ]}
            />
          )}
          <Pages first={() => setKeysAfter("")} next={keys.value?.nextPageToken ?? ""} onNext={setKeysAfter} isFirst={keysAfter === ""} />
        </Card>
        <div class="stack">
          <Projects projects={projects.value?.projects ?? []} onMade={() => void projects.reload()}>
            <Pages first={() => setProjectsAfter("")} next={projects.value?.nextPageToken ?? ""} onNext={setProjectsAfter} isFirst={projectsAfter === ""} />
          </Projects>
          <Card title="Make a key">
            <p>A key is a secret: it is made on the machine of the node, and shown there once.</p>
            <Code text={CREATE} />
          </Card>
        </div>
      </div>
      <Card title="What was done and refused">
        <Problem error={audit.error} />
        {audit.value?.records.length === 0 ? (
          <Empty title="Nothing yet">What operators do and what is refused is recorded here, without what was in it.</Empty>
        ) : (
          <Table
            label="Audit records"
            rows={audit.value?.records ?? []}
            id={(r) => JSON.stringify(r)}
            columns={[
              { name: "When", cell: (r) => <span title={r.time}>{time(r.time)}</span> },
              { name: "Who", cell: (r) => r.principal || "(nobody in particular)" },
              { name: "What", cell: (r) => <code>{r.action}</code> },
              { name: "Outcome", cell: (r) => (r.refused ? <Badge tone="warn">{words(r.code)}</Badge> : <Badge tone="good">done</Badge>) },
              { name: "Times in a row", number: true, cell: (r) => (r.times === "0" ? "" : r.times) },
            ]}
          />
        )}
        <Pages first={() => setAuditAfter("")} next={audit.value?.nextPageToken ?? ""} onNext={setAuditAfter} isFirst={auditAfter === ""} />
      </Card>
      {revoking && (
        <Danger
          title={`Revoke ${revoking.key}`}
          name={revoking.key}
          verb="Revoke the key"
          what="Whoever uses it is refused from now on. It cannot be brought back."
          onConfirm={async () => {
            await client.access.revokeApiKey({ key: revoking.key });
            await keys.reload();
          }}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </Page>
  );
}

function KeyState(props: { of: access.ApiKey }) {
  const { revokeTime, expireTime } = props.of;
  if (revokeTime) return <Badge tone="bad">revoked</Badge>;
  return expireTime && new Date(expireTime) < new Date() ? <Badge tone="warn">expired</Badge> : <Badge tone="good">valid</Badge>;
}

function Projects(props: { projects: readonly access.Project[]; onMade(): void; children: ComponentChildren }) {
  const [project, setProject] = useState("");
  const action = useAction();
  return (
    <Card title="Projects">
      {props.projects.length > 0 && (
        <ul class="chips">
          {props.projects.map((p) => (
            <li key={p.project}>
              <code>{p.project}</code>
            </li>
          ))}
        </ul>
      )}
      {props.children}
      <form
        class="inline"
        onSubmit={(e) => {
          e.preventDefault();
          void action.run(async () => {
            await client.access.createProject({ project });
            setProject("");
            props.onMade();
          });
        }}
      >
        <Field label="New project">
          <input value={project} onInput={(e) => setProject(e.currentTarget.value)} required autocomplete="off" placeholder="shop" />
        </Field>
        <button type="submit" disabled={action.running}>
          Create
        </button>
      </form>
      <Problem error={action.error} />
    </Card>
  );
}
