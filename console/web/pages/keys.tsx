import { useState } from "preact/hooks";
import { client } from "../node/session.ts";
import { Badge, Card, Danger, Empty, Field, Figure, Page, Problem, Table } from "../parts/basics.tsx";
import { useAction, useLoaded } from "../parts/use.ts";
import { away, count, short, words } from "../parts/words.ts";
import { go, route, to } from "../route.ts";
import { Pages } from "./leaderboard.tsx";

const EVERY_MS = 3_000;
const ORDERS = ["UNGUESSABLE", "SEQUENTIAL", "TIME_ORDERED"] as const;

export function KeysPage() {
  const namespace = route.value[1];
  return namespace === undefined ? <Namespaces /> : <Namespace key={namespace} name={namespace} />;
}

function Namespaces() {
  const [token, setToken] = useState("");
  const spaces = useLoaded(() => client.keys.listNamespaces({ pageSize: 50, pageToken: token }), [token], EVERY_MS);
  const rows = spaces.value?.namespaces ?? [];
  return (
    <Page title="Keys" lead="Short keys without a duplicate, ever: a counter through a permutation, leased to servers in blocks.">
      <Problem error={spaces.error} />
      <div class="two wide-left">
        <Card title="Namespaces">
          {rows.length === 0 && !spaces.loading ? (
            <Empty title="There is no namespace yet" command={`curl '${location.origin}/v1/namespaces/links' --json '{"settings":{"length":6}}'`}>
              Create one here, or from a terminal:
            </Empty>
          ) : (
            <Table
              label="Namespaces"
              rows={rows}
              id={(n) => n.namespace}
              columns={[
                { name: "Namespace", cell: (n) => <a href={to("keys", n.namespace)}>{n.namespace}</a> },
                { name: "Order", cell: (n) => words(n.settings?.order ?? "") },
                { name: "Used", number: true, cell: (n) => count(n.counts?.used) },
                { name: "Leased", number: true, cell: (n) => count(n.counts?.leased) },
                { name: "Unused", number: true, cell: (n) => short(Number(n.counts?.unused ?? 0)) },
                { name: "Keys/s", number: true, cell: (n) => short(n.keysPerSecond) },
                { name: "Runs out", cell: (n) => away(n.exhaustTime) || "not in sight" },
              ]}
            />
          )}
          <Pages first={() => setToken("")} next={spaces.value?.nextPageToken ?? ""} onNext={setToken} isFirst={token === ""} />
        </Card>
        <Create onDone={() => void spaces.reload()} />
      </div>
    </Page>
  );
}

function Create(props: { onDone(): void }) {
  const [namespace, setNamespace] = useState("");
  const [length, setLength] = useState("6");
  const [order, setOrder] = useState<(typeof ORDERS)[number]>("UNGUESSABLE");
  const [check, setCheck] = useState(false);
  const action = useAction();
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    await action.run(async () => {
      const settings = order === "TIME_ORDERED" ? { order } : { order, length: Number(length), checkCharacter: check };
      await client.keys.createNamespace({ namespace, settings });
      props.onDone();
      go("keys", namespace);
    });
  };
  return (
    <Card title="Create a namespace">
      <form class="stack" onSubmit={submit}>
        <Field label="Namespace">
          <input value={namespace} onInput={(e) => setNamespace(e.currentTarget.value)} required autocomplete="off" placeholder="links" />
        </Field>
        <Field label="Order">
          <select value={order} onChange={(e) => setOrder(e.currentTarget.value as typeof order)}>
            {ORDERS.map((each) => (
              <option key={each} value={each}>
                {words(each)}
              </option>
            ))}
          </select>
        </Field>
        {order !== "TIME_ORDERED" && (
          <>
            <Field label="Length, characters">
              <input type="number" min="1" max="32" value={length} onInput={(e) => setLength(e.currentTarget.value)} />
            </Field>
            <label class="check">
              <input type="checkbox" checked={check} onChange={(e) => setCheck(e.currentTarget.checked)} /> A check character at the end
            </label>
          </>
        )}
        <button type="submit" disabled={action.running}>
          Create
        </button>
        <Problem error={action.error} />
      </form>
    </Card>
  );
}

function Namespace(props: { name: string }) {
  const namespace = props.name;
  const [made, setMade] = useState<readonly string[]>([]);
  const [looked, setLooked] = useState<{ key: string; state: string } | undefined>(undefined);
  const [deleting, setDeleting] = useState(false);
  const info = useLoaded(() => client.keys.getNamespace({ namespace }), [namespace], EVERY_MS);
  const leases = useLoaded(() => client.keys.listLeases({ namespace, pageSize: 50 }), [namespace], EVERY_MS);
  const action = useAction();
  const counts = info.value?.counts;
  const named = (e: Event, what: (key: string) => Promise<unknown>): void => {
    e.preventDefault();
    const key = String(new FormData(e.currentTarget as HTMLFormElement).get("key") ?? "");
    void action.run(async () => (await what(key), info.reload()));
  };
  return (
    <Page
      title={namespace}
      lead={
        <>
          <a href={to("keys")}>Keys</a> · {words(info.value?.settings?.order ?? "")} · {info.value?.settings?.length ?? 0} characters of{" "}
          <code>{info.value?.settings?.alphabet}</code>
        </>
      }
      actions={
        <button type="button" class="quiet danger" onClick={() => setDeleting(true)}>
          Delete
        </button>
      }
    >
      <Problem error={action.error ?? info.error} />
      <div class="figures">
        <Figure name="Unused" value={short(Number(counts?.unused ?? 0))} note={`of ${short(Number(counts?.total ?? 0))}`} />
        <Figure name="Leased" value={count(counts?.leased)} note={`${count(counts?.leasedExpired)} of expired leases: fate unknown`} />
        <Figure name="Used" value={count(counts?.used)} note={`${count(counts?.custom)} chosen by name`} />
        <Figure name="Runs out" value={away(info.value?.exhaustTime) || "not in sight"} note={`${short(info.value?.keysPerSecond ?? 0)} keys/s`} />
      </div>
      <div class="two">
        <Card title="Take keys">
          <button
            type="button"
            disabled={action.running}
            onClick={() =>
              void action.run(async () => {
                setMade((await client.keys.nextKeys({ namespace, count: 5 })).keys);
                await info.reload();
              })
            }
          >
            Next five
          </button>
          <ul class="chips" aria-live="polite">
            {made.map((key) => (
              <li key={key}>
                <code>{key}</code>
              </li>
            ))}
          </ul>
        </Card>
        <Card title="One key">
          <form class="inline" onSubmit={(e) => named(e, async (key) => setLooked(await client.keys.getKey({ namespace, key })))}>
            <Field label="Key">
              <input name="key" required autocomplete="off" />
            </Field>
            <button type="submit">Look up</button>
            <button
              type="button"
              class="quiet"
              onClick={(e) => {
                const form = e.currentTarget.form;
                const key = form ? String(new FormData(form).get("key") ?? "") : "";
                void action.run(async () => {
                  setLooked(await client.keys.claimKey({ namespace, key }));
                  await info.reload();
                });
              }}
            >
              Claim
            </button>
          </form>
          {looked && (
            <p role="status">
              <code>{looked.key}</code> <Badge tone={looked.state === "USED" ? "warn" : "good"}>{words(looked.state)}</Badge>
            </p>
          )}
        </Card>
      </div>
      <Card title="Leases">
        {leases.value?.leases.length ? (
          <Table
            label="Open leases"
            rows={leases.value.leases}
            id={(l) => l.epoch}
            columns={[
              { name: "Epoch", number: true, cell: (l) => l.epoch },
              { name: "Holder", cell: (l) => l.holder || "(not said)" },
              { name: "Keys", number: true, cell: (l) => count(l.granted) },
              { name: "Fate unknown", number: true, cell: (l) => count(l.unknown) },
              { name: "Expires", cell: (l) => (l.expired ? <Badge tone="warn">expired</Badge> : away(l.expireTime)) },
            ]}
          />
        ) : (
          <Empty title="No server holds a block" command={`curl '${location.origin}/v1/namespaces/${namespace}/leases' --json '{"count":100,"holder":"me"}'`}>
            The Java client leases blocks in the background and hands out keys without a request. By hand:
          </Empty>
        )}
      </Card>
      {deleting && (
        <Danger
          title={`Delete ${namespace}`}
          name={namespace}
          verb="Delete the namespace"
          what="Nobody can ask any more which of its keys were used. A namespace of the same name made later gives other keys, and may repeat some."
          onConfirm={async () => {
            await client.keys.deleteNamespace({ namespace });
            go("keys");
          }}
          onClose={() => setDeleting(false)}
        />
      )}
    </Page>
  );
}
