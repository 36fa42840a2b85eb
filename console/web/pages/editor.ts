import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { basicSetup } from "codemirror";
import { yCollab } from "y-codemirror.next";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

/** Who has the document open, as they say it themselves. */
export interface Peer {
  readonly id: number;
  readonly name: string;
  readonly colour: string;
}

export interface Editor {
  close(): void;
}

const COLOURS = ["#0b7a78", "#6a5acd", "#b4551f", "#1d6fb8", "#a3267a", "#5a7a0b"];

/** Opens a document in an editor that shows everybody's cursors. */
export function open(
  place: HTMLElement,
  document: string,
  /** Name of the root type that is edited. */
  rootName: string,
  onConnected: (connected: boolean) => void,
  onPeers: (peers: readonly Peer[]) => void,
): Editor {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`${location.origin.replace(/^http/, "ws")}/v1/docs/yjs`, encodeURIComponent(document), doc);
  const { awareness } = provider;
  awareness.setLocalStateField("user", {
    name: `Reader ${doc.clientID % 1000}`,
    color: COLOURS[doc.clientID % COLOURS.length],
  });
  const peers = (): void =>
    onPeers(
      [...awareness.getStates()].map(([id, state]) => ({
        id,
        name: String(state["user"]?.name ?? "somebody"),
        colour: String(state["user"]?.color ?? "gray"),
      })),
    );
  awareness.on("change", peers);
  peers();
  provider.on("sync", onConnected);
  provider.on("status", ({ status }: { status: string }) => status !== "connected" && onConnected(false));

  // In a shadow tree, where the editor's own style sheets need no exception from the page's policy.
  const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
  const text = doc.getText(rootName);
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text.toString(),
      extensions: [
        basicSetup,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": `Text of ${document}` }),
        EditorView.theme({
          "&": { minHeight: "22rem", fontSize: "15px", color: "var(--ink)", backgroundColor: "var(--bg)", borderRadius: "8px" },
          ".cm-gutters": { backgroundColor: "var(--code)", color: "var(--faint)", border: "0" },
          ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
          ".cm-cursor": { borderLeftColor: "var(--ink)" },
        }),
        yCollab(text, awareness),
      ],
    }),
  });
  return {
    close: () => {
      view.destroy();
      provider.destroy();
      doc.destroy();
      root.replaceChildren();
    },
  };
}
