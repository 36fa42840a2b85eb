package io.thalweg.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A {@code redis-server} of this machine, in a process of its own, without persistence. */
final class RedisServer implements AutoCloseable {
  private static final int TRIES = 200;
  private static final long PAUSE_MS = 50;

  private final Process process;
  private final int port;

  private RedisServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts one, or says that there is none. */
  static Optional<RedisServer> start(Path directory) throws IOException, InterruptedException {
    int port = freePort();
    Process process;
    try {
      process =
          new ProcessBuilder(
                  "redis-server",
                  "--port",
                  Integer.toString(port),
                  "--bind",
                  "127.0.0.1",
                  "--save",
                  "",
                  "--dir",
                  directory.toString())
              .redirectOutput(directory.resolve("redis.log").toFile())
              .redirectErrorStream(true)
              .start();
    } catch (IOException notInstalled) {
      return Optional.empty();
    }
    RedisServer server = new RedisServer(process, port);
    for (int i = 0; i < TRIES && process.isAlive(); i++) {
      try (RespSocket socket = new RespSocket(port)) {
        socket.ask("PING");
        return Optional.of(server);
      } catch (IOException notYet) {
        Thread.sleep(PAUSE_MS);
      }
    }
    server.close();
    throw new IOException("redis-server did not start; see redis.log");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
