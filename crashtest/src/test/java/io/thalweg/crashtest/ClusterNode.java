package io.thalweg.crashtest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One node of a {@link RealCluster}: its directory, its process if it runs, and the wires over
 * which it reaches Kafka and the others reach it.
 */
final class ClusterNode implements AutoCloseable {
  // The proxy before it listens on another address of this machine, on the same port.
  private static final String PEERS = "127.0.0.2";

  private final String id;
  private final Path folder;
  private final Path data;
  private final Wire kafka;
  private final Wire peers;
  private @Nullable NodeProcess process;
  private volatile @Nullable String url;

  ClusterNode(String id, Path folder, Path data, Wire kafka) throws IOException {
    this.id = id;
    this.folder = folder;
    this.data = data;
    this.kafka = kafka;
    int port = Wire.freePort();
    peers = new Wire(PEERS, port, port);
  }

  String id() {
    return id;
  }

  Path data() {
    return data;
  }

  /** From the node to Kafka. */
  Wire kafka() {
    return kafka;
  }

  /** From the other nodes to this one. */
  Wire peers() {
    return peers;
  }

  /** Starts it and does not wait; see {@link #awaitReady}. */
  void launch(List<String> more) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("up", "--port", "0", "--partitions", "2", "--data", data.toString()));
    words.addAll(List.of("--kafka", "127.0.0.1:" + kafka.port(), "--cluster", "faults"));
    words.addAll(List.of("--kafka-dev", "--node-id", id));
    words.addAll(List.of("--advertise", PEERS + ":" + peers.port()));
    words.addAll(more);
    process =
        NodeProcess.start(folder, NodeProgram.prepared().command(NodeProcess.SMALL_SIZES, words));
  }

  void awaitReady() throws IOException {
    url = process().awaitReady();
  }

  NodeProcess process() {
    NodeProcess running = process;
    if (running == null) {
      throw new IllegalStateException(id + " does not run");
    }
    return running;
  }

  /** Where clients reach it; null while it does not run, or nobody should ask it. */
  @Nullable String url() {
    return url;
  }

  /** Clients are not sent to it from now on, as a load balancer does. */
  void hide() {
    url = null;
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    url = null;
    process().kill();
    process = null;
  }

  /** SIGTERM, and waits for a clean end. */
  void stop() throws InterruptedException {
    NodeProcess running = process();
    running.beginToStop();
    int exitCode = running.awaitEnd();
    url = null;
    process = null;
    if (exitCode != 0) {
      throw new AssertionError(id + " exited with " + exitCode + ": " + running.err());
    }
  }

  boolean isRunning() {
    return process != null;
  }

  @Override
  public void close() throws IOException {
    NodeProcess running = process;
    if (running != null) {
      running.close();
    }
    peers.close();
    kafka.close();
  }
}
