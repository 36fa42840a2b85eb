package io.thalweg.runtime;

import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.test.Counter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Prints what a checkpoint, and a start from one, takes. */
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
        long startNs = System.nanoTime();
        Checkpoint checkpoint = node.checkpoint(CheckpointOptions.DEFAULTS.withReplay(replay));
        double seconds = seconds(startNs);
        System.out.printf(
            "checkpoint, %s: %,d rows, %.1f MB in %.2f s: %.0f MB/s, %,.0f rows/s%n",
            checkpoint.proof(),
            checkpoint.rows(),
            checkpoint.bytes() / 1e6,
            seconds,
            checkpoint.bytes() / 1e6 / seconds,
            checkpoint.rows() / seconds);
      }
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    long startNs = System.nanoTime();
    open(data).close();
    System.out.printf("open and close from the checkpoint: %.2f s%n", seconds(startNs));
    LogFailureTest.deleteTree(data.resolve("state"));
    LogFailureTest.deleteTree(data.resolve("checkpoints"));
    startNs = System.nanoTime();
    open(data).close();
    System.out.printf(
        "open and close from the log, %,d events: %.2f s%n",
        (long) counters * rounds, seconds(startNs));
    LogFailureTest.deleteTree(data);
  }

  private static double seconds(long startNs) {
    return (System.nanoTime() - startNs) / (double) TimeUnit.SECONDS.toNanos(1);
  }

  private static Node open(Path data) {
    return Thalweg.at(data)
        .service(Counters.TYPE)
        .options(NodeOptions.defaults().withPartitions(2))
        .open();
  }
}
