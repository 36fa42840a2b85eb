import { health, readings } from "../node/live.ts";
import { rate } from "../node/metrics.ts";
import { Badge, Card, Page, Table } from "../parts/basics.tsx";
import { count, millis, short, words } from "../parts/words.ts";
import { to } from "../route.ts";

/** Every partition: how long its log is, what waits, and how fast it answers. */
export function PartitionsPage() {
  const now = readings.value.at(-1);
  const before = readings.value.at(-2);
  const of = (partition: string) => (labels: Readonly<Record<string, string>>): boolean => labels["partition"] === partition;
  const perSecond = (name: string, partition: string): string => (now && before ? short(rate(before, now, name, of(partition))) : "");
  const reply = (partition: string, q: string): string =>
    now ? millis(now.max("thalweg_reply_seconds", (l) => of(partition)(l) && l["quantile"] === q)) : "";
  const services = new Map<string, NonNullable<typeof health.value>["partitions"][number][]>();
  for (const partition of health.value?.partitions ?? []) {
    const service = partition.name.slice(0, partition.name.indexOf("/"));
    services.set(service, [...(services.get(service) ?? []), partition]);
  }
  return (
    <Page title="Partitions" lead="Each service is cut into partitions. Each has a log of its own and one thread that decides, so commands of a partition have one order.">
      {[...services].map(([service, partitions]) => (
        <Card key={service} title={service}>
          <Table
            label={`Partitions of ${service}`}
            rows={partitions}
            id={(p) => p.name}
            columns={[
              { name: "Partition", number: true, cell: (p) => <a href={to("log", ...p.name.split("/"))}>{p.name.slice(p.name.indexOf("/") + 1)}</a> },
              { name: "Phase", cell: (p) => <Badge tone={p.phase === "ACTIVE" ? "good" : p.phase === "FOLLOWING" || p.phase === "AWAY" ? "plain" : "warn"}>{words(p.phase)}</Badge> },
              { name: "Events", number: true, cell: (p) => count(p.endOffset) },
              { name: "Not durable", number: true, cell: (p) => count(p.endOffset - p.durableOffset) },
              { name: "Waiting", number: true, cell: (p) => count(p.queueDepth) },
              { name: "Timers", number: true, cell: (p) => count(p.pendingTimers) },
              { name: "Messages", number: true, cell: (p) => count(p.outboxMessages) },
              { name: "Calls", number: true, cell: (p) => count(p.pendingEffects) },
              { name: "Dead letters", number: true, cell: (p) => count(p.deadLetters) },
              { name: "Commands/s", number: true, cell: (p) => perSecond("thalweg_commands_total", p.name) },
              { name: "Queries/s", number: true, cell: (p) => perSecond("thalweg_queries_total", p.name) },
              { name: "p99", number: true, cell: (p) => reply(p.name, "0.99") },
            ]}
          />
        </Card>
      ))}
    </Page>
  );
}
