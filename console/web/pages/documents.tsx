import { useEffect, useRef, useState } from "preact/hooks";
import { client } from "../node/session.ts";
import { Badge, Card, Danger, Empty, Field, Page, Problem, Table } from "../parts/basics.tsx";
import { useLoaded } from "../parts/use.ts";
import { away, bytes, count, time } from "../parts/words.ts";
import { go, route, to } from "../route.ts";
import { History } from "./history.tsx";
import { Pages } from "./leaderboard.tsx";
import type { Editor, Peer } from "./editor.ts";

const EVERY_MS = 3_000;
/** The root that the page edits: what a client gives to doc.getText(). */
const ROOT = "codemirror";

export function DocumentsPage() {
  const document = route.value[1];
  return document === undefined ? <Documents /> : <Live key={document} name={document} />;
}

function Documents() {
  const [token, setToken] = useState("");
  const [name, setName] = useState("");
  const documents = useLoaded(() => client.docs.listDocuments({ pageSize: 50, pageToken: token }), [token], EVERY_MS);
  const rows = documents.value?.documents ?? [];
  return (
    <Page title="Documents" lead="Live documents for any editor of the Yjs world: everybody types at once, and what was broadcast is durable.">
      <Problem error={documents.error} />
      <div class="two wide-left">
        <Card title="Documents">
          {rows.length === 0 && !documents.loading ? (
            <Empty
              title="There is no document yet"
              command={`new WebsocketProvider("${location.origin.replace(/^http/, "ws")}/v1/docs/yjs", "notes", new Y.Doc())`}
            >
              A document is made by its first edit. Open one here, in two tabs if you like, or connect any Yjs editor:
            </Empty>
          ) : (
            <Table
              label="Documents"
              rows={rows}
              id={(d) => d.document}
              columns={[
                { name: "Document", cell: (d) => <a href={to("documents", d.document)}>{d.document}</a> },
                { name: "Updates", number: true, cell: (d) => count(d.version) },
                { name: "Merged", number: true, cell: (d) => bytes(Number(d.mergedBytes)) },
                { name: "Not yet merged", number: true, cell: (d) => `${count(d.tailUpdates)} updates` },
                { name: "Changed", cell: (d) => <span title={time(d.updateTime)}>{away(d.updateTime)}</span> },
              ]}
            />
          )}
          <Pages first={() => setToken("")} next={documents.value?.nextPageToken ?? ""} onNext={setToken} isFirst={token === ""} />
        </Card>
        <Card title="Open a document">
          <form
            class="stack"
            onSubmit={(e) => {
              e.preventDefault();
              go("documents", name);
            }}
          >
            <Field label="Document">
              <input value={name} onInput={(e) => setName(e.currentTarget.value)} required autocomplete="off" placeholder="notes" />
            </Field>
            <button type="submit">Open</button>
          </form>
        </Card>
      </div>
    </Page>
  );
}

function Live(props: { name: string }) {
  const document = props.name;
  const place = useRef<HTMLDivElement>(null);
  const [connected, setConnected] = useState(false);
  const [peers, setPeers] = useState<readonly Peer[]>([]);
  const [error, setError] = useState<unknown>(undefined);
  const [deleting, setDeleting] = useState(false);
  const info = useLoaded(async () => {
    try {
      return await client.docs.getDocument({ document });
    } catch {
      // It is made by its first edit.
      return undefined;
    }
  }, [document], EVERY_MS);
  useEffect(() => {
    let editor: Editor | undefined;
    let gone = false;
    // The editor is most of the console's code: who opens no document does not load it.
    import("./editor.ts")
      .then(({ open }) => {
        if (!gone && place.current) editor = open(place.current, document, ROOT, setConnected, setPeers);
      })
      .catch(setError);
    return () => {
      gone = true;
      editor?.close();
    };
  }, [document]);
  return (
    <Page
      title={document}
      lead={
        <>
          <a href={to("documents")}>Documents</a>
          {info.value && ` · ${count(info.value.version)} updates · ${bytes(Number(info.value.mergedBytes) + Number(info.value.tailBytes))} stored`}
        </>
      }
      actions={
        <>
          <Badge tone={connected ? "good" : "warn"}>{connected ? "live" : "connecting"}</Badge>
          <button type="button" class="quiet danger" onClick={() => setDeleting(true)}>
            Delete
          </button>
        </>
      }
    >
      <Problem error={error} />
      <Card
        title="The text"
        extra={
          <ul class="chips" aria-label="Who is here">
            {peers.map(({ id, name, colour }) => (
              <li key={id}>
                <i class="dot" style={{ background: colour }} /> {name}
              </li>
            ))}
          </ul>
        }
      >
        <div ref={place} class="editor" />
      </Card>
      {info.value && <History document={document} root={ROOT} version={info.value.version} />}
      {deleting && (
        <Danger
          title={`Delete ${document}`}
          name={document}
          verb="Delete the document"
          what="The document goes for everybody. Who has it open keeps a copy, which makes it again when they connect."
          onConfirm={async () => {
            await client.docs.deleteDocument({ document });
            go("documents");
          }}
          onClose={() => setDeleting(false)}
        />
      )}
    </Page>
  );
}
