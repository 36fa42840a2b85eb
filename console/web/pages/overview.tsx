import { useComputed } from "@preact/signals";
import { operation } from "../node/operations.ts";
import { health, readings, unread } from "../node/live.ts";
import { rate, type Reading } from "../node/metrics.ts";
import { Badge, Card, Empty, Figure, Page, Table } from "../parts/basics.tsx";
import { Chart } from "../parts/chart.tsx";
import { useLoaded } from "../parts/use.ts";
import { bytes, count, millis, short, time } from "../parts/words.ts";
import { to } from "../route.ts";

const REQUESTS = "thalweg_gateway_requests_seconds_count";
const LATENCY = "thalweg_gateway_latency_seconds";
/** From this share of its bound on something is shown as a thing to look at. */
const NEAR = 0.8;

interface Method {
  readonly method: string;
  readonly protocol: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly errors: number;
}

function methods(before: Reading, now: Reading): readonly Method[] {
  const found: Method[] = [];
  for (const method of now.values(REQUESTS, "method")) {
    for (const protocol of now.values(REQUESTS, "protocol")) {
      const fits = (l: Readonly<Record<string, string>>): boolean => l["method"] === method && l["protocol"] === protocol;
      const perSecond = rate(before, now, REQUESTS, fits);
      if (perSecond === 0) continue;
      const at = (q: string): number => now.max(LATENCY, (l) => fits(l) && l["quantile"] === q);
      found.push({
        method,
        protocol,
        perSecond,
        p50: at("0.5"),
        p99: at("0.99"),
        p999: at("0.999"),
        errors: rate(before, now, REQUESTS, (l) => fits(l) && l["code"] !== "OK"),
      });
    }
  }
  return found.sort((a, b) => b.perSecond - a.perSecond);
}

/** What is filled to most of its bound, fullest first. */
function near(now: Reading): readonly { what: string; share: number }[] {
  return now
    .of("thalweg_saturation")
    .map(({ labels, value }) => ({ what: Object.values(labels).filter(Boolean).join(" "), share: value }))
    .filter(({ share }) => share >= NEAR)
    .sort((a, b) => b.share - a.share);
}

interface Warning {
  readonly timeUs: string;
  readonly level: string;
  readonly logger: string;
  readonly message: string;
}

/** What the node has said in its own log lately. */
function Warnings() {
  const { value, error } = useLoaded(() => operation<{ warnings: readonly Warning[] }>("warnings"), [], 10_000, true);
  const warnings = (value?.warnings ?? []).map((warning, i, all) => ({ ...warning, place: all.length - i }));
  return (
    <Card title="Recent warnings" extra={warnings.length > 0 && <Badge tone="warn">{count(warnings.length)}</Badge>}>
      {value === undefined ? (
        <p class="calm">{error ? (error instanceof Error ? error.message : String(error)) : "Asking the node."}</p>
      ) : warnings.length === 0 ? (
        <p class="calm">The node has warned of nothing since it started.</p>
      ) : (
        <Table
          label="Recent warnings"
          rows={warnings}
          id={(w) => `${w.timeUs} ${w.place}`}
          columns={[
            { name: "Time", cell: (w) => <span class="nowrap">{time(new Date(Number(w.timeUs) / 1000).toISOString())}</span> },
            { name: "Level", cell: (w) => <Badge tone={w.level === "ERROR" ? "bad" : "warn"}>{w.level.toLowerCase()}</Badge> },
            { name: "Part", cell: (w) => <code>{w.logger}</code> },
            { name: "What", cell: (w) => w.message },
          ]}
        />
      )}
    </Card>
  );
}

export function OverviewPage() {
  const lines = useComputed(() => {
    const all = readings.value;
    const end = all.at(-1)?.atMs ?? 0;
    const pairs = all.slice(1).map((now, i) => [all[i] as Reading, now] as const);
    const each = (name: string): readonly number[] => pairs.map(([before, now]) => rate(before, now, name));
    const quantile = (q: string): readonly (number | null)[] =>
      pairs.map(([, now]) => now.max(LATENCY, (l) => l["quantile"] === q) || null);
    return {
      seconds: pairs.map(([, now]) => (now.atMs - end) / 1000),
      commands: each("thalweg_commands_total"),
      queries: each("thalweg_queries_total"),
      p50: quantile("0.5"),
      p99: quantile("0.99"),
    };
  }).value;
  const now = readings.value.at(-1);
  const before = readings.value.at(-2);
  const state = health.value;
  const services = [...new Set((state?.partitions ?? []).map(({ name }) => name.slice(0, name.indexOf("/"))))];
  const letters = (state?.partitions ?? []).reduce((sum, p) => sum + p.deadLetters, 0);
  const full = now ? near(now) : [];
  const asked = now && before ? methods(before, now) : [];
  const heap = (l: Readonly<Record<string, string>>): boolean => l["area"] === "heap";
  return (
    <Page
      title="Overview"
      lead={state ? `${services.length} services over one log: ${services.join(", ")}` : "Asking the node."}
      actions={
        <a class="button quiet" href={to("tour")}>
          Take the tour
        </a>
      }
    >
      <Card title="Health" extra={state && <Badge tone={state.ready ? "good" : "bad"}>{state.ready ? "ready" : "not ready"}</Badge>}>
        {(state?.reasons.length ?? 0) + full.length + letters === 0 ? (
          <p class="calm">Every partition takes requests, nothing is near its bound, and no message was refused for good.</p>
        ) : (
          <ul class="notes">
            {state?.reasons.map((reason) => <li key={reason}>{reason}</li>)}
            {full.map(({ what, share }) => (
              <li key={what}>
                {what} is filled to {Math.round(share * 100)}% of its bound
              </li>
            ))}
            {letters > 0 && (
              <li>
                <a href={to("data")}>{count(letters)} dead letters</a> wait for a decision
              </li>
            )}
          </ul>
        )}
      </Card>
      {unread.value && <p class="problem">{unread.value}</p>}
      {now && before && (
        <div class="figures">
          <Figure name="Commands" value={`${short(rate(before, now, "thalweg_commands_total"))}/s`} note="durable when answered" />
          <Figure name="Queries" value={`${short(rate(before, now, "thalweg_queries_total"))}/s`} />
          <Figure name="Watchers" value={count(now.sum("thalweg_gateway_watchers"))} note={`${count(now.sum("thalweg_gateway_connections"))} connections`} />
          <Figure name="Log" value={`${bytes(rate(before, now, "thalweg_batch_bytes_total"))}/s`} note={`${short(rate(before, now, "thalweg_log_forces_total"))} forces/s`} />
          <Figure
            name="Refused"
            value={`${short(rate(before, now, "thalweg_gateway_limited_total"))}/s`}
            note="over a limit"
            {...(rate(before, now, "thalweg_gateway_limited_total") > 0 ? { tone: "warn" as const } : {})}
          />
          <Figure name="Heap" value={bytes(now.sum("jvm_memory_used_bytes", heap))} note={`of ${bytes(Math.max(0, now.sum("jvm_memory_max_bytes", heap)))}`} />
        </div>
      )}
      <div class="two">
        <Card title="Requests a second">
          <Chart
            label="Requests a second over the last minutes"
            seconds={lines.seconds}
            lines={[
              { name: "commands", colour: "--chart-1", values: lines.commands },
              { name: "queries", colour: "--chart-2", values: lines.queries },
            ]}
          />
        </Card>
        <Card title="Latency">
          <Chart
            label="Latency of requests over the last minutes"
            seconds={lines.seconds}
            format={millis}
            lines={[
              { name: "p50", colour: "--chart-1", values: lines.p50 },
              { name: "p99", colour: "--chart-3", values: lines.p99 },
            ]}
          />
        </Card>
      </div>
      <Card title="What is asked for now">
        {asked.length === 0 ? (
          <Empty title="Nobody asks for anything" command={`curl '${location.origin}/v1/boards/goals/scores' --json '{"member":"ada","score":7}'`}>
            A first score, from a terminal:
          </Empty>
        ) : (
          <Table
            label="Methods by rate"
            rows={asked}
            id={(m) => m.method + m.protocol}
            columns={[
              { name: "Method", cell: (m) => <code>{m.method}</code> },
              { name: "Protocol", cell: (m) => m.protocol },
              { name: "Per second", number: true, cell: (m) => short(m.perSecond) },
              { name: "p50", number: true, cell: (m) => millis(m.p50) },
              { name: "p99", number: true, cell: (m) => millis(m.p99) },
              { name: "p99.9", number: true, cell: (m) => millis(m.p999) },
              { name: "Errors/s", number: true, cell: (m) => short(m.errors) },
            ]}
          />
        )}
      </Card>
      <Warnings />
    </Page>
  );
}
