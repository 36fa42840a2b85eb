import { useEffect, useState } from "preact/hooks";
import { address, curl, type Document, java, type Method, read, typescript } from "../node/contract.ts";
import { asked, refusal } from "../node/session.ts";
import { Badge, Card, Code, Field, Page, Problem } from "../parts/basics.tsx";
import { useAction, useLoaded } from "../parts/use.ts";
import { go, route, to } from "../route.ts";

/** How much of an answer is shown. */
const MOST_SHOWN = 100_000;
/** So many items of a watch are shown, the newest first. */
const MOST_ITEMS = 50;

async function methods(): Promise<readonly Method[]> {
  const answer = await asked("/openapi.json");
  if (!answer.ok) throw new Error(await refusal(answer));
  return read((await answer.json()) as Document);
}

/** Any method of any service, from its contract: fill in, send, and take the same call home as code. */
export function ExplorerPage() {
  const all = useLoaded(methods, []);
  const [search, setSearch] = useState("");
  const chosen = all.value?.find(({ service, name }) => service === route.value[1] && name === route.value[2]);
  const fits = (m: Method): boolean => `${m.service} ${m.name} ${m.path}`.toLowerCase().includes(search.toLowerCase());
  const services = new Map<string, Method[]>();
  for (const method of all.value ?? []) {
    if (fits(method)) services.set(method.service, [...(services.get(method.service) ?? []), method]);
  }
  return (
    <Page title="Explorer" lead="Every method, as its contract says it. What is sent here is executed.">
      <Problem error={all.error} />
      <div class="explorer">
        <Card title="Methods" class="methods">
          <Field label="Search">
            <input type="search" value={search} onInput={(e) => setSearch(e.currentTarget.value)} placeholder="submit score" />
          </Field>
          {[...services].map(([service, of]) => (
            <details key={service} open={search !== "" || service === (chosen?.service ?? "Leaderboards")}>
              <summary>{service}</summary>
              {of.map((m) => (
                <a key={m.id} href={to("explorer", m.service, m.name)} aria-current={m === chosen ? "true" : undefined}>
                  <span class={`verb ${m.verb.toLowerCase()}`}>{m.watches ? "WATCH" : m.verb}</span> {m.name}
                </a>
              ))}
            </details>
          ))}
        </Card>
        {chosen ? <Call key={chosen.id} method={chosen} /> : <Choose first={all.value?.find(({ name }) => name === "SubmitScore")} />}
      </div>
    </Page>
  );
}

function Choose(props: { first: Method | undefined }) {
  const first = props.first;
  return (
    <Card title="Choose a method">
      <p>On the left is every method of this node.</p>
      {first && (
        <button type="button" onClick={() => go("explorer", first.service, first.name)}>
          Begin with a score
        </button>
      )}
    </Card>
  );
}

interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly position: string;
  readonly text: string;
}

/** Where a watch is a WebSocket. */
function watchAddress(method: Method, values: Readonly<Record<string, string>>): string {
  return new URL(address(method, values), location.origin.replace(/^http/, "ws")).href;
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Call(props: { method: Method }) {
  const method = props.method;
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [body, setBody] = useState(method.body === undefined ? "" : JSON.stringify(method.body, null, 2));
  const [answer, setAnswer] = useState<Answer | undefined>(undefined);
  const [watched, setWatched] = useState<readonly string[]>([]);
  const [source, setSource] = useState<WebSocket | undefined>(undefined);
  const [language, setLanguage] = useState<"curl" | "TypeScript" | "Java">("curl");
  const action = useAction();
  const watches = method.watches;
  useEffect(() => () => source?.close(), [source]);

  const watch = (): void => {
    source?.close();
    setWatched([]);
    const made = new WebSocket(watchAddress(method, values));
    made.onmessage = ({ data }: MessageEvent<string>) => setWatched((old) => [pretty(data), ...old].slice(0, MOST_ITEMS));
    made.onclose = () => setSource((now) => (now === made ? undefined : now));
    setSource(made);
  };
  const send = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (watches) return watch();
    await action.run(async () => {
      const begun = performance.now();
      const sent = await asked(address(method, values), {
        method: method.verb,
        ...(body ? { body, headers: { "content-type": "application/json" } } : {}),
      });
      const text = await sent.text();
      setAnswer({
        status: sent.status,
        ms: performance.now() - begun,
        position: sent.headers.get("thalweg-position") ?? "",
        text: pretty(text).slice(0, MOST_SHOWN),
      });
    });
  };
  const code =
    language === "curl"
      ? curl(method, location.origin, values, body)
      : language === "Java"
        ? java(method, location.host, values, body)
        : typescript(method, location.origin, values, body);
  return (
    <div class="stack">
      <Card title={`${method.service}.${method.name}`} extra={<code class="faint">{`${method.verb} ${method.path}`}</code>}>
        <p class="pre">{method.words}</p>
        <form class="stack" onSubmit={send}>
          {method.parameters.map((p) => (
            <Field key={p.name} label={p.name + (p.required ? " (required)" : "")} hint={p.words}>
              <input
                value={values[p.name] ?? ""}
                required={p.required}
                autocomplete="off"
                onInput={(e) => setValues({ ...values, [p.name]: e.currentTarget.value })}
              />
            </Field>
          ))}
          {method.body !== undefined && (
            <Field label="Body, JSON">
              <textarea rows={Math.min(16, body.split("\n").length + 1)} value={body} onInput={(e) => setBody(e.currentTarget.value)} spellcheck={false} />
            </Field>
          )}
          <div class="actions">
            <button type="submit" disabled={action.running}>
              {watches ? "Watch" : "Send"}
            </button>
            {source && (
              <button type="button" class="quiet" onClick={() => (source.close(), setSource(undefined))}>
                Stop
              </button>
            )}
          </div>
          <Problem error={action.error} />
        </form>
      </Card>
      {answer && (
        <Card
          title="Answer"
          extra={
            <span class="inline">
              <Badge tone={answer.status < 400 ? "good" : "bad"}>{answer.status}</Badge>
              <span class="faint">
                {answer.ms.toFixed(1)} ms {answer.position && `at ${answer.position}`}
              </span>
            </span>
          }
        >
          <pre tabIndex={0} role="status">
            {answer.text}
          </pre>
        </Card>
      )}
      {source && (
        <Card title="Events, the newest first">
          <pre tabIndex={0} aria-live="polite">
            {watched.length > 0 ? watched.join("\n\n") : "Nothing has happened yet."}
          </pre>
        </Card>
      )}
      <Card
        title="The same call"
        extra={
          <div class="tabs" role="group" aria-label="Language">
            {(["curl", "TypeScript", "Java"] as const).map((each) => (
              <button key={each} type="button" aria-pressed={each === language} onClick={() => setLanguage(each)}>
                {each}
              </button>
            ))}
          </div>
        }
      >
        <Code text={code} label="the code" />
      </Card>
    </div>
  );
}
