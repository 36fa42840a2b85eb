import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

/** A `thalweg up` in a process of its own, which a test may kill and start again on its port. */
export class NodeProcess {
  private process: ChildProcess | undefined;
  private port = "0";
  url = "";

  private constructor(
    readonly data: string,
    private readonly args: readonly string[],
  ) {}

  /** Whether this run was given a node to start: the class path of the server, and a Java to run it. */
  static readonly missing: string | false =
    process.env["THALWEG_JAVA"] && process.env["THALWEG_CLASSPATH"]
      ? false
      : "THALWEG_JAVA and THALWEG_CLASSPATH say how to start a node; mvn sets them";

  static async start(...args: readonly string[]): Promise<NodeProcess> {
    const node = new NodeProcess(mkdtempSync(path.join(tmpdir(), "thalweg-")), args);
    await node.up();
    return node;
  }

  /** Starts it, on the port that it had, and waits until it says that it is ready. */
  async up(): Promise<void> {
    const child = spawn(
      process.env["THALWEG_JAVA"] ?? "java",
      ["-Xmx512m", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"].concat(
        ["-cp", process.env["THALWEG_CLASSPATH"] ?? "", "io.thalweg.server.Main"],
        ["up", "--port", this.port, "--data", this.data, ...this.args],
      ),
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.process = child;
    const err: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.trim().startsWith("listening")) continue;
      this.url = line.trim().slice("listening".length).trim();
      this.port = new URL(this.url).port;
      child.stdout.resume();
      return;
    }
    throw new Error(`up ended before it was ready: ${Buffer.concat(err).toString()}`);
  }

  /** Ends it with SIGKILL. */
  async kill(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }
}
