package io.thalweg.runtime;

import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.test.Counter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Prints what a checkpoint, and a start from one, takes: processor time of the process, and wall.
 */
final class CheckpointFigures {
  private CheckpointFigures() {}

  /** Arguments: number of counters, and how often each is changed. */
  public static void main(String[] args) throws Exception {
    int counters = args.length > 0 ? Integer.parseInt(args[0]) : 200_000;
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    Path data = Files.createTempDirectory("figures");
    try (Node node = open(data)) {
      for (int round = 0; round < rounds; round++) {
        List<CompletableFuture<Counter>> replies = new ArrayList<>();
        for (int i = 0; i < counters; i++) {
          replies.add(node.submit(NodeTest.add("counter-" + i, 1), Counter.class));
          if (replies.size() == 4_000) {
            replies.forEach(CompletableFuture::join);
            replies.clear();
          }
        }
        replies.forEach(CompletableFuture::join);
      }
      for (boolean replay : new boolean[] {false, false, true}) {
        Watch watch = new Watch();
        Checkpoint checkpoint = node.checkpoint(CheckpointOptions.DEFAULTS.withReplay(replay));
        double seconds = watch.cpuSeconds();
        System.out.printf(
            "checkpoint, %s: %,d rows, %.1f MB: %s; %.1f MB and %,.0f rows a processor second%n",
            checkpoint.proof(),
            checkpoint.rows(),
            checkpoint.bytes() / 1e6,
            watch,
            checkpoint.bytes() / 1e6 / seconds,
            checkpoint.rows() / seconds);
      }
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    Watch fromCheckpoint = new Watch();
    open(data).close();
    System.out.printf("open and close from the checkpoint: %s%n", fromCheckpoint);
    LogFailureTest.deleteTree(data.resolve("state"));
    LogFailureTest.deleteTree(data.resolve("checkpoints"));
    Watch fromLog = new Watch();
    open(data).close();
    System.out.printf(
        "open and close from the log, %,d events: %s%n", (long) counters * rounds, fromLog);
    LogFailureTest.deleteTree(data);
  }

  /** Runs from when it is made. */
  private static final class Watch {
    private final long startNs = System.nanoTime();
    private final double startCpuSeconds = processSeconds();

    double cpuSeconds() {
      return processSeconds() - startCpuSeconds;
    }

    private static double processSeconds() {
      Duration used = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
      return used.toMillis() / 1e3;
    }

    @Override
    public String toString() {
      double wallSeconds = (System.nanoTime() - startNs) / (double) TimeUnit.SECONDS.toNanos(1);
      return "%.2f s of processor, %.2f s".formatted(cpuSeconds(), wallSeconds);
    }
  }

  private static Node open(Path data) {
    return Thalweg.at(data)
        .service(Counters.TYPE)
        .options(NodeOptions.defaults().withPartitions(2))
        .open();
  }
}
