import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NodeProcess } from "../../clients/typescript/test/node.ts";
import { missing, Walk } from "./walk.ts";

/** A broker and a node of `thalweg dev-cluster`, in processes of their own, which another node joins. */
class Cluster {
  readonly folder = mkdtempSync(path.join(tmpdir(), "thalweg-cluster-"));
  private process: ChildProcess | undefined;
  kafka = "";
  url = "";

  async up(): Promise<void> {
    const child = spawn(
      process.env["THALWEG_JAVA"] ?? "java",
      ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", process.env["THALWEG_CLASSPATH"] ?? "", "io.thalweg.server.Main"].concat(
        ["dev-cluster", "--nodes", "1", "--port", "0", "--dir", this.folder],
      ),
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.process = child;
    const err: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    for await (const line of createInterface({ input: child.stdout })) {
      const [, kafka] = /^ *kafka +(\S+)/.exec(line) ?? [];
      const [, url] = /^ *node n1 +(\S+)/.exec(line) ?? [];
      if (kafka) this.kafka = kafka;
      if (url) {
        this.url = url;
        child.stdout.resume();
        return;
      }
    }
    throw new Error(`the cluster ended before it was ready: ${Buffer.concat(err).toString()}`);
  }

  /** Stops it in order, as Ctrl-C does. */
  async close(): Promise<void> {
    const child = this.process;
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Members {
  nodes: { id: string }[];
  partitions: { name: string; leader?: string }[];
}

let cluster: Cluster;
let second: NodeProcess;
let walk: Walk;

describe.skipIf(missing)("the page of a cluster", () => {
  beforeAll(async () => {
    cluster = new Cluster();
    await cluster.up();
    second = await NodeProcess.start("--kafka", cluster.kafka, "--cluster", "dev", "--node-id", "n2", "--kafka-dev");
    walk = await Walk.begin(cluster.url);
  });
  afterAll(async () => {
    await walk?.end();
    await second?.close();
    await cluster?.close();
  });
  afterEach(() => expect(walk.faults.splice(0)).toEqual([]));

  /** How many partitions a node leads, as the node that is asked sees it. */
  async function leads(id: string): Promise<number> {
    const { partitions } = await walk.api<Members>("/v1/operations/cluster");
    return partitions.filter(({ leader }) => leader === id).length;
  }

  test("a node that dies is missed, and the other is seen to take over what it led", async () => {
    const { page } = walk;
    await walk.open("cluster", "Cluster");
    const nodes = page.getByRole("region", { name: "Nodes" });
    const partitions = page.getByRole("region", { name: "Partitions" });
    await nodes.getByRole("cell", { name: "n1 (this one)" }).waitFor();
    await nodes.getByRole("cell", { name: "n2", exact: true }).waitFor();
    await expect.poll(() => leads("n2"), { timeout: 60_000 }).toBeGreaterThan(0);
    await partitions.getByRole("cell", { name: "n2", exact: true }).first().waitFor();
    await walk.look("cluster-of-two");
    const { partitions: all } = await walk.api<Members>("/v1/operations/cluster");
    await second.kill();
    await nodes.getByRole("cell", { name: "n2", exact: true }).waitFor({ state: "hidden" });
    await expect.poll(() => leads("n1"), { timeout: 60_000 }).toBe(all.length);
    await partitions.getByRole("cell", { name: "n2", exact: true }).waitFor({ state: "hidden" });
    // All are led by who is left: said in its row, too.
    await nodes.getByRole("row", { name: new RegExp(`^n1 \\(this one\\) \\S+ there ${all.length} 0`) }).waitFor();
    await page.getByText(`${all.length} of ${all.length} have nobody who would take over at once`).waitFor();
    await walk.look("cluster-after-a-fail-over");
    await walk.api("/v1/boards/after/scores", { member: "ada", score: 1 });
    expect(walk.unpressed()).toEqual([]);
  });
});
