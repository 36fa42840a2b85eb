package io.thalweg.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Durable submits a second of a node within this process with so many partitions, a board and a
 * submitting thread for each. Run once with one partition on one core and once with two on two, it
 * tells how a node grows with cores.
 *
 * <p>Arguments: directory (must not exist), partitions, members of each board, rounds, seconds.
 */
public final class ScalingBench {
  private static final int WINDOW = 8192;

  private ScalingBench() {}

  /** Runs the measurement; the last line is the best rate as a bare number. */
  public static void main(String[] args) throws InterruptedException {
    Path data = Path.of(args[0]);
    int partitions = Integer.parseInt(args[1]);
    int members = Integer.parseInt(args[2]);
    int rounds = Integer.parseInt(args[3]);
    long roundNs = TimeUnit.SECONDS.toNanos(Integer.parseInt(args[4]));
    try (BoardNode opened = BoardNode.open(data, partitions, members)) {
      round(opened, 2 * roundNs);
      double[] perSecond = new double[rounds];
      for (int i = 0; i < rounds; i++) {
        perSecond[i] = round(opened, roundNs);
      }
      Arrays.sort(perSecond);
      System.out.printf(
          Locale.ROOT,
          "%d partitions on %d cores: %,.0f submits/s, median %,.0f%n%.0f%n",
          partitions,
          Runtime.getRuntime().availableProcessors(),
          perSecond[rounds - 1],
          perSecond[rounds / 2],
          perSecond[rounds - 1]);
    }
  }

  private static double round(BoardNode opened, long roundNs) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    double[] perSecond = new double[opened.boards().size()];
    for (int i = 0; i < perSecond.length; i++) {
      int index = i;
      Load load = opened.boards().get(i);
      ClosedLoop loop = new ClosedLoop(opened.node(), WINDOW);
      threads.add(
          Thread.ofPlatform()
              .start(() -> perSecond[index] = loop.run(load::submit, roundNs).perSecond()));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return Arrays.stream(perSecond).sum();
  }
}
