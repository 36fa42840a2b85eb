import { OperationError, operation } from "../node/operations.ts";
import { Badge, Card, Empty, Page, Problem, Table } from "../parts/basics.tsx";
import { useLoaded } from "../parts/use.ts";
import { count, millis, words } from "../parts/words.ts";

const EVERY_MS = 1_000;

interface ClusterNode {
  readonly id: string;
  readonly address: string;
  readonly leaving: boolean;
  readonly aliveMs: number;
  readonly heardMs: number;
}

interface ClusterPartition {
  readonly name: string;
  readonly leader?: string;
  readonly epoch: number;
  readonly position: number;
  readonly others: readonly { readonly node: string; readonly role: string; readonly lag: number }[];
}

interface ClusterState {
  readonly self: string;
  readonly unhealthy: readonly string[];
  readonly nodes: readonly ClusterNode[];
  readonly partitions: readonly ClusterPartition[];
}

/** Who is there, who leads what, and who would take over: a fail-over can be watched here. */
export function ClusterPage() {
  const state = useLoaded(() => operation<ClusterState>("cluster"), [], EVERY_MS);
  const alone = state.error instanceof OperationError && state.error.status === 400;
  return (
    <Page title="Cluster" lead="Several nodes share the partitions. Each has one leader, and a standby that has its tables warm.">
      {alone ? (
        <Card>
          <Empty title="This node is the only one" command="./thalweg dev-cluster">
            It keeps its log on its own disk. A cluster keeps it in Apache Kafka; this starts a broker and three nodes on this machine:
          </Empty>
        </Card>
      ) : (
        <>
          <Problem error={state.error} />
          {state.value && <Whole state={state.value} />}
        </>
      )}
    </Page>
  );
}

function Whole(props: { state: ClusterState }) {
  const { nodes, partitions, unhealthy, self } = props.state;
  const single = partitions.filter(({ others }) => others.length === 0).length;
  return (
    <>
      {unhealthy.length > 0 ? (
        <Card title="What is wrong">
          <ul class="notes">
            {unhealthy.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </Card>
      ) : single > 0 ? (
        <p role="status">
          <Badge tone="warn">no standby</Badge> every partition has a leader; {count(single)} of {count(partitions.length)} have nobody who would take over at once
        </p>
      ) : (
        <p role="status">
          <Badge tone="good">well</Badge> every partition has a leader and a standby that keeps up
        </p>
      )}
      <Card title="Nodes">
        <Table
          label="Nodes"
          rows={nodes}
          id={(n) => n.id}
          columns={[
            { name: "Node", cell: (n) => (n.id === self ? `${n.id} (this one)` : n.id) },
            { name: "Address", cell: (n) => n.address },
            { name: "State", cell: (n) => <Badge tone={n.leaving ? "warn" : "good"}>{n.leaving ? "leaving" : "there"}</Badge> },
            { name: "Leads", number: true, cell: (n) => count(partitions.filter((p) => p.leader === n.id).length) },
            { name: "Follows", number: true, cell: (n) => count(partitions.filter((p) => p.others.some((o) => o.node === n.id)).length) },
            { name: "Heard", number: true, cell: (n) => (n.id === self ? "" : `${millis(n.heardMs / 1000)} ago`) },
          ]}
        />
      </Card>
      <Card title="Partitions">
        <Table
          label="Partitions"
          rows={partitions}
          id={(p) => p.name}
          columns={[
            { name: "Partition", cell: (p) => p.name },
            { name: "Leader", cell: (p) => p.leader ?? <Badge tone="bad">nobody</Badge> },
            { name: "Epoch", number: true, cell: (p) => count(p.epoch) },
            { name: "Position", number: true, cell: (p) => count(p.position) },
            { name: "Others", cell: (p) => p.others.map((o) => `${o.node} ${words(o.role)}${o.lag > 0 ? `, ${count(o.lag)} behind` : ""}`).join("; ") },
          ]}
        />
      </Card>
    </>
  );
}
