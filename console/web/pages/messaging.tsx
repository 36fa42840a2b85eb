import { useEffect, useState } from "preact/hooks";
import type { messaging } from "@thalweg/client";
import { client } from "../node/session.ts";
import { Badge, Card, Empty, Field, Page, Problem, Table } from "../parts/basics.tsx";
import { useAction, useLoaded } from "../parts/use.ts";
import { count, time } from "../parts/words.ts";
import { go, route, to } from "../route.ts";

/** This page is a device of whoever writes on it. */
const DEVICE = "console";
const PAGE = 50;

/** Write as anybody: open a second tab as somebody else, and see both sides of a conversation. */
export function MessagingPage() {
  const [, user, conversation] = route.value;
  if (user === undefined) return <Who />;
  return conversation === undefined ? <Chats key={user} user={user} /> : <Conversation key={`${user}/${conversation}`} user={user} name={conversation} />;
}

function Who() {
  const [user, setUser] = useState("");
  return (
    <Page title="Messaging" lead="Conversations and inboxes: each device is told of each message once and in order, also of those that came while it was away.">
      <Card title="Who are you?">
        <form
          class="inline"
          onSubmit={(e) => {
            e.preventDefault();
            go("messaging", user);
          }}
        >
          <Field label="User">
            <input value={user} onInput={(e) => setUser(e.currentTarget.value)} required autocomplete="off" placeholder="ana" />
          </Field>
          <button type="submit">Open the inbox</button>
        </form>
        <p>Open it again as somebody else in a second tab, and write to each other.</p>
      </Card>
    </Page>
  );
}

/** Runs `changed` whenever an inbox has something new, for as long as the page is shown; whether it is connected. */
function useInbox(user: string, changed: (item: messaging.InboxItem) => void): boolean {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    void (async () => {
      try {
        const items = client.messaging.watchInbox({ user }, { signal: stop.signal, onOpen: () => setOpen(true), onLost: () => setOpen(false) });
        for await (const item of items) changed(item);
      } catch {
        setOpen(false);
      }
    })();
    return () => stop.abort();
  }, [user]);
  return open;
}

function Live(props: { open: boolean }) {
  return <Badge tone={props.open ? "good" : "warn"}>{props.open ? "live" : "not live"}</Badge>;
}

/** A name that no other message of this device has. */
function drawn(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

/** The name of the conversation of two: the users in the order of their code points. */
function direct(one: string, other: string): string {
  return `direct~${[one, other].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join("~")}`;
}

/** A conversation as one of its members sees it: the other one, or the group. */
function shown(conversation: string, user: string): string {
  const [kind, ...two] = conversation.split("~");
  return kind === "direct" ? (two.find((each) => each !== user) ?? user) : conversation;
}

function Chats(props: { user: string }) {
  const { user } = props;
  const chats = useLoaded(() => client.messaging.listChats({ user, pageSize: 100 }), [user]);
  const open = useInbox(user, () => void chats.reload());
  const rows = chats.value?.chats ?? [];
  return (
    <Page title={`Inbox of ${user}`} lead={<a href={to("messaging")}>Somebody else</a>} actions={<Live open={open} />}>
      <Problem error={chats.error} />
      <div class="two">
        <Card title={`${count(chats.value?.totalUnread)} unread`}>
          {rows.length === 0 && !chats.loading ? (
            <Empty
              title="There is no conversation yet"
              command={`curl '${location.origin}/v1/conversations/${direct(user, "bo")}/messages' --json '{"user":"${user}","device":"curl","clientMessageId":"1","content":{"text":"Hello"}}'`}
            >
              A conversation of two begins with its first message. Write to somebody here, or from a terminal:
            </Empty>
          ) : (
            <Table
              label="Conversations"
              rows={rows}
              id={(c) => c.conversation}
              columns={[
                { name: "With", cell: (c) => <a href={to("messaging", user, c.conversation)}>{shown(c.conversation, user)}</a> },
                { name: "Unread", number: true, cell: (c) => (Number(c.unread) > 0 ? <Badge tone="good">{count(c.unread)}</Badge> : "0") },
                { name: "Messages", number: true, cell: (c) => count(c.lastSeq) },
                { name: "Last", cell: (c) => time(c.updateTime) },
              ]}
            />
          )}
        </Card>
        <div>
          <Write user={user} />
          <Group user={user} />
        </div>
      </div>
    </Page>
  );
}

function Write(props: { user: string }) {
  const [other, setOther] = useState("");
  return (
    <Card title="Write to somebody">
      <form
        class="inline"
        onSubmit={(e) => {
          e.preventDefault();
          go("messaging", props.user, direct(props.user, other));
        }}
      >
        <Field label="To">
          <input value={other} onInput={(e) => setOther(e.currentTarget.value)} required autocomplete="off" placeholder="bo" />
        </Field>
        <button type="submit">Begin</button>
      </form>
    </Card>
  );
}

function Group(props: { user: string }) {
  const [name, setName] = useState("");
  const [members, setMembers] = useState("");
  const action = useAction();
  const create = async (e: Event): Promise<void> => {
    e.preventDefault();
    const others = members.split(/[\s,]+/).filter((each) => each !== "");
    if (await action.run(() => client.messaging.createConversation({ conversation: name, user: props.user, members: others, title: name }))) {
      go("messaging", props.user, name);
    }
  };
  return (
    <Card title="Make a group">
      <form class="stack" onSubmit={create}>
        <Field label="Group">
          <input value={name} onInput={(e) => setName(e.currentTarget.value)} required autocomplete="off" placeholder="team" />
        </Field>
        <Field label="Members" hint="Names with spaces between them">
          <input value={members} onInput={(e) => setMembers(e.currentTarget.value)} autocomplete="off" placeholder="bo cy" />
        </Field>
        <button type="submit" disabled={action.running}>
          Make it
        </button>
        <Problem error={action.error} />
      </form>
    </Card>
  );
}

function Conversation(props: { user: string; name: string }) {
  const { user, name } = props;
  const [pages, setPages] = useState(1);
  const load = async (): Promise<{ messages: readonly messaging.Message[]; more: boolean }> => {
    const all: messaging.Message[] = [];
    let before = String(Number.MAX_SAFE_INTEGER);
    let more = true;
    for (let i = 0; i < pages && more; i++) {
      const page = await client.messaging.getMessages({ conversation: name, user, beforeSeq: before, pageSize: PAGE });
      all.push(...page.messages);
      more = page.more;
      before = page.nextSeq;
    }
    const last = all[0];
    if (last) await client.messaging.markRead({ user, conversation: name, seq: last.seq });
    return { messages: all.reverse(), more };
  };
  const messages = useLoaded(load, [user, name, pages], 0, true);
  const open = useInbox(user, (item) => {
    if (item.conversation === name) void messages.reload();
  });
  const rows = messages.value?.messages ?? [];
  // A conversation of two is there from its first message on.
  const isNew = messages.value === undefined && !messages.loading && name.startsWith("direct~");
  return (
    <Page title={shown(name, user)} lead={<a href={to("messaging", user)}>Inbox of {user}</a>} actions={<Live open={open} />}>
      {!isNew && <Problem error={messages.error} />}
      <Card title="What was said">
        {messages.value?.more && (
          <button type="button" class="quiet" onClick={() => setPages(pages + 1)}>
            Earlier messages
          </button>
        )}
        {rows.length === 0 ? (
          <Empty title="Nothing was said yet">The first message below begins it.</Empty>
        ) : (
          <ol class="talk" aria-label="Messages">
            {rows.map((message) => (
              <Said key={message.seq} message={message} user={user} reload={messages.reload} />
            ))}
          </ol>
        )}
        <Compose user={user} name={name} onSent={messages.reload} />
      </Card>
    </Page>
  );
}

function Said(props: { message: messaging.Message; user: string; reload(): Promise<void> }) {
  const { message, user } = props;
  const action = useAction();
  const name = { conversation: message.conversation, user, seq: message.seq };
  const mine = message.user === user;
  return (
    <li class={mine ? "mine" : ""}>
      <span class="faint">
        {message.user} · {time(message.time)}
        {message.edited ? " · edited" : ""}
      </span>
      <span class="pre">{message.retracted ? "taken back" : (message.content?.text ?? "not for this page to read")}</span>
      <span class="inline">
        {(message.reactions ?? []).map((each) => (
          <Badge key={each.reaction}>
            {each.reaction} {count(each.count)}
          </Badge>
        ))}
        {!message.retracted && (
          <button type="button" class="quiet" disabled={action.running} onClick={() => void action.run(async () => (await client.messaging.react({ ...name, reaction: "👍" }), props.reload()))}>
            👍
          </button>
        )}
        {mine && !message.retracted && (
          <button type="button" class="quiet" disabled={action.running} onClick={() => void action.run(async () => (await client.messaging.retractMessage(name), props.reload()))}>
            Take back
          </button>
        )}
      </span>
      <Problem error={action.error} />
    </li>
  );
}

function Compose(props: { user: string; name: string; onSent(): Promise<void> }) {
  const [text, setText] = useState("");
  const action = useAction();
  const send = async (e: Event): Promise<void> => {
    e.preventDefault();
    const message = { conversation: props.name, user: props.user, device: DEVICE, clientMessageId: drawn(), content: { text } };
    if (await action.run(() => client.messaging.sendMessage(message))) {
      setText("");
      await props.onSent();
    }
  };
  return (
    <form class="inline below" onSubmit={send}>
      <Field label="Message">
        <input value={text} onInput={(e) => setText(e.currentTarget.value)} required autocomplete="off" />
      </Field>
      <button type="submit" disabled={action.running}>
        Send
      </button>
      <Problem error={action.error} />
    </form>
  );
}
