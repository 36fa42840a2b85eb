package io.thalweg.bench;

import com.google.protobuf.Message;
import io.thalweg.bench.ClosedLoop.Round;
import io.thalweg.log.LogStatus;
import io.thalweg.runtime.Node;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * A node within this process, one partition, one board: durable submits and rank reads a second,
 * latency at half load, pauses, and where the processor time goes.
 *
 * <p>Arguments: directory (must not exist), members, rounds, seconds per round, what to measure
 * (among submit, latency, batch, rank, ranks; all if not given).
 */
public final class RuntimeBench {
  private static final List<String> ALL = List.of("submit", "latency", "batch", "rank", "ranks");
  private static final int WINDOW = 8192;
  private static final int WINDOW_BATCHES = 16;
  private static final double GOAL_SUBMITS = 150_000;
  private static final double GOAL_READS = 1_000_000;
  private static final double GOAL_P99_MS = 5;

  private final Node node;
  private final Load load;
  private final int rounds;
  private final long roundNs;
  private final GcPauses pauses = GcPauses.listen();
  private final TextTable rates =
      new TextTable("what", "window", "best/s", "median/s", "goal/s", "of goal");
  private final TextTable latencies =
      new TextTable("load", "sent/s", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "refused");

  private RuntimeBench(Node node, Load load, int rounds, int seconds) {
    this.node = node;
    this.load = load;
    this.rounds = rounds;
    roundNs = TimeUnit.SECONDS.toNanos(seconds);
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Path data = Path.of(args[0]);
    int members = args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000;
    int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
    int seconds = args.length > 3 ? Integer.parseInt(args[3]) : 4;
    Files.createDirectory(data);
    Machine.print(data);
    long start = System.nanoTime();
    try (BoardNode opened = BoardNode.open(data, 1, members)) {
      System.out.printf(
          Locale.ROOT,
          "opened, and filled a board with %,d members in %.1f s%n%n",
          members,
          (System.nanoTime() - start) / 1e9);
      List<String> wanted = args.length > 4 ? List.of(args[4].split(",", -1)) : ALL;
      new RuntimeBench(opened.node(), opened.boards().getFirst(), rounds, seconds).run(wanted);
    }
  }

  private void run(List<String> wanted) throws InterruptedException {
    double submits = GOAL_SUBMITS;
    if (wanted.contains("submit")) {
      submits = rate("submit, durable", load::submit, WINDOW, 1, GOAL_SUBMITS);
    }
    if (wanted.contains("latency")) {
      open("a tenth of the best", submits / 10);
      open("half of the goal", GOAL_SUBMITS / 2);
      open("half of the best", submits / 2);
    }
    if (wanted.contains("batch")) {
      rate("submit, 1,000 a request, durable", load::submitBatch, WINDOW_BATCHES, Load.BATCH, 0);
    }
    if (wanted.contains("rank")) {
      rate("rank of one member", load::rank, WINDOW, 1, GOAL_READS);
    }
    if (wanted.contains("ranks")) {
      rate("ranks, 1,000 a request", load::rankBatch, WINDOW_BATCHES, Load.BATCH, GOAL_READS);
    }
    rates.print();
    latencies.print();
    System.out.printf(
        Locale.ROOT,
        "goal at half load: p99 under %.0f ms. Open loop: latency counts from when a request was"
            + " due.%n",
        GOAL_P99_MS);
  }

  /** The best round's rate of {@code units} per request. */
  private double rate(
      String what, Supplier<Message> requests, int window, int units, double goalPerSecond) {
    ClosedLoop loop = new ClosedLoop(node, window);
    loop.run(requests, 2 * roundNs);
    pauses.take();
    LogStatus logBefore = node.status().log();
    ThreadTimes timesBefore = ThreadTimes.now();
    double[] perSecond = new double[rounds];
    long answered = 0;
    long refused = 0;
    double seconds = 0;
    for (int i = 0; i < rounds; i++) {
      Round round = loop.run(requests, roundNs);
      perSecond[i] = units * round.perSecond();
      answered += round.answered();
      refused += round.refused();
      seconds += round.seconds();
    }
    ThreadTimes times = ThreadTimes.now();
    LogStatus log = node.status().log();
    Arrays.sort(perSecond);
    double best = perSecond[rounds - 1];
    rates.row(
        what,
        TextTable.whole(window),
        TextTable.whole(best),
        TextTable.whole(perSecond[rounds / 2]),
        goalPerSecond == 0 ? "" : TextTable.whole(goalPerSecond),
        goalPerSecond == 0 ? "" : TextTable.decimals(best / goalPerSecond, 2));
    long forces = log.forces() - logBefore.forces();
    System.out.printf(
        Locale.ROOT,
        "%s: %,.0f/s; %,.0f forces/s, %.0f requests a force, force p50 %.2f ms, p99 %.2f ms; %s;"
            + " refused %d %s%n",
        what,
        best,
        forces / seconds,
        (double) answered / Math.max(1, forces),
        log.forceP50Us() / 1e3,
        log.forceP99Us() / 1e3,
        pauses.take(),
        refused,
        refused > 0 ? loop.lastFailure() : "");
    times.since(timesBefore, answered, seconds).print();
    return best;
  }

  /** Prints every round of an open loop; the table gets the one with the best p99. */
  private void open(String what, double perSecond) throws InterruptedException {
    pauses.take();
    OpenLoop.Round best = null;
    for (int i = 0; i < rounds; i++) {
      OpenLoop.Round round = new OpenLoop(node).run(load::submit, perSecond, roundNs);
      System.out.printf(
          Locale.ROOT,
          "submit, open loop, %s: %,.0f/s: p50 %s ms, p99 %s ms, p99.9 %s ms; %s%n",
          what,
          perSecond,
          ms(round.latencyUs(), 50),
          ms(round.latencyUs(), 99),
          ms(round.latencyUs(), 99.9),
          pauses.take());
      if (best == null || p99(round) < p99(best)) {
        best = round;
      }
    }
    System.out.println();
    if (best != null) {
      latencies.row(
          what,
          TextTable.whole(perSecond),
          ms(best.latencyUs(), 50),
          ms(best.latencyUs(), 99),
          ms(best.latencyUs(), 99.9),
          ms(best.latencyUs(), 100),
          Long.toString(best.refused()));
    }
  }

  private static long p99(OpenLoop.Round round) {
    return round.latencyUs().getValueAtPercentile(99);
  }

  private static String ms(Histogram latencyUs, double percentile) {
    return TextTable.decimals(latencyUs.getValueAtPercentile(percentile) / 1e3, 2);
  }
}
