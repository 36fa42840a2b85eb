import { connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

/** A TCP proxy that cuts connections as a test says. */
export class Proxy {
  private readonly sockets = new Set<Socket>();
  /** Answers that were lost, and streams that were cut. */
  cuts = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /**
   * @param cutAfter how many bytes of answers the n-th connection may carry before both of its ends
   *     are closed; undefined: all
   */
  static async start(target: string, cutAfter: (connection: number) => number | undefined): Promise<Proxy> {
    const { hostname, port } = new URL(target);
    let connections = 0;
    const server = createServer((client) => {
      let left = cutAfter(connections++) ?? Number.POSITIVE_INFINITY;
      const upstream = connect(Number(port), hostname);
      for (const socket of [client, upstream]) {
        proxy.sockets.add(socket);
        socket.on("error", () => undefined);
        socket.on("close", () => {
          proxy.sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
      }
      client.pipe(upstream);
      upstream.on("data", (bytes: Buffer) => {
        if (bytes.length < left) {
          left -= bytes.length;
          client.write(bytes);
          return;
        }
        proxy.cuts++;
        upstream.destroy();
        client.end(bytes.subarray(0, left), () => client.destroy());
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const proxy = new Proxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return proxy;
  }

  async close(): Promise<void> {
    this.server.close();
    this.sockets.forEach((socket) => socket.destroy());
    await once(this.server, "close").catch(() => undefined);
  }
}
