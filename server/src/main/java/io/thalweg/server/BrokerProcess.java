package io.thalweg.server;

import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/**
 * A real KRaft broker, its own controller, in a process of its own; for development. It is Kafka's
 * own program from Kafka's own jars.
 */
final class BrokerProcess implements AutoCloseable {
  private static final long READY_S = 120;
  private static final long STOP_S = 10;

  private final Process process;
  private final Path log;
  private final int port;

  private BrokerProcess(Process process, Path log, int port) {
    this.process = process;
    this.log = log;
    this.port = port;
  }

  /**
   * Where a broker of several listens.
   *
   * @param port for clients
   * @param controllerPort for the other controllers
   */
  record Ports(int port, int controllerPort) {}

  /**
   * Starts one of several brokers and returns at once.
   *
   * @param id from 1
   * @param all of the cluster, in the order of their ids
   * @param clusterId of the Kafka cluster; 22 characters of base 64
   * @param directory its own; may be that of an earlier start
   * @param classPath of Kafka's server
   * @throws CommandFailed if the directory cannot be set up for it
   */
  static BrokerProcess start(
      int id, List<Ports> all, String clusterId, Path directory, String classPath)
      throws IOException, InterruptedException {
    Files.createDirectories(directory);
    Path file = directory.resolve("server.properties");
    try (Writer out = Files.newBufferedWriter(file)) {
      properties(id, all, directory).store(out, null);
    }
    Path log = directory.resolve("broker.log");
    Process format =
        java(classPath, log)
            .apply(
                List.of(
                    "kafka.tools.StorageTool",
                    "format",
                    "-t",
                    clusterId,
                    "-c",
                    file.toString(),
                    "--ignore-formatted"))
            .start();
    if (format.waitFor() != 0) {
      throw new CommandFailed("the broker's directory could not be set up; see " + log);
    }
    ProcessBuilder start = java(classPath, log).apply(List.of("kafka.Kafka", file.toString()));
    return new BrokerProcess(start.start(), log, all.get(id - 1).port());
  }

  private static java.util.function.Function<List<String>, ProcessBuilder> java(
      String classPath, Path log) {
    return arguments -> {
      List<String> command = new ArrayList<>(DevCluster.detached());
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx384m",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-cp",
              classPath));
      command.addAll(arguments);
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    };
  }

  private static Properties properties(int id, List<Ports> all, Path directory) {
    List<String> voters = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      voters.add("%d@127.0.0.1:%d".formatted(i + 1, all.get(i).controllerPort()));
    }
    Ports own = all.get(id - 1);
    String copies = Integer.toString(Math.min(3, all.size()));
    Properties properties = new Properties();
    properties.setProperty("process.roles", "broker,controller");
    properties.setProperty("node.id", Integer.toString(id));
    properties.setProperty("controller.quorum.voters", String.join(",", voters));
    properties.setProperty(
        "listeners",
        "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
            .formatted(own.port(), own.controllerPort()));
    properties.setProperty("advertised.listeners", "PLAINTEXT://127.0.0.1:" + own.port());
    properties.setProperty("controller.listener.names", "CONTROLLER");
    properties.setProperty("log.dirs", directory.resolve("data").toString());
    properties.setProperty("offsets.topic.replication.factor", copies);
    properties.setProperty("transaction.state.log.replication.factor", copies);
    properties.setProperty("auto.create.topics.enable", "false");
    properties.setProperty("log.cleaner.dedupe.buffer.size", "2097152");
    properties.setProperty("log.index.size.max.bytes", "1048576");
    return properties;
  }

  /**
   * Waits until it takes connections.
   *
   * @throws CommandFailed if it has ended, or does not in two minutes
   */
  void awaitReady() throws InterruptedException {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_S);
    while (process.isAlive() && System.nanoTime() - endNs < 0) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
        return;
      } catch (IOException e) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
    throw new CommandFailed("a broker did not start; see " + log);
  }

  /** Asks it to stop; does not wait. */
  void terminate() {
    process.destroy();
  }

  /** Stops it; one that does not stop in time is ended. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
