package io.thalweg.bench;

import com.google.protobuf.Message;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.CountEntriesRequest;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Score;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/**
 * What the leaderboard's logic costs on one thread: its handlers and rank structure, over tables
 * that keep nothing but tell their listeners, without log, overlay, queue and network.
 *
 * <p>Arguments: members of the timed board (default 1,000,000) and of the board whose memory is
 * measured (default 10,000,000; 0 leaves it out; needs about 2 GB of heap).
 */
public final class RanksBench {
  private static final String BOARD = "bench";
  private static final int ROUNDS = 5;
  private static final int OPERATIONS = 1_000_000;

  private RanksBench() {}

  /** Runs the measurements and prints them. */
  public static void main(String[] args) {
    int members = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    int large = args.length > 1 ? Integer.parseInt(args[1]) : 10_000_000;
    timed(members);
    if (large > 0) {
      memory(large);
    }
  }

  private static void timed(int members) {
    UnstoredPartition partition = new UnstoredPartition(Leaderboard.TYPE);
    fill(partition, members);
    SplittableRandom random = new SplittableRandom(1);
    rate(
        "submit, uniform members, ordinal, " + members + " members",
        partition,
        i ->
            SubmitScoreRequest.newBuilder()
                .setBoard(BOARD)
                .setMember(member(random.nextInt(members)))
                .setScore(random.nextInt(1_000_000_000))
                .build());
    rate(
        "get entry (rank and percentile)",
        partition,
        i ->
            GetEntryRequest.newBuilder()
                .setBoard(BOARD)
                .setMember(member(random.nextInt(members)))
                .build());
    rate(
        "count within two scores",
        partition,
        i ->
            CountEntriesRequest.newBuilder()
                .setBoard(BOARD)
                .setMinScore(random.nextInt(500_000_000))
                .setMaxScore(500_000_000 + random.nextInt(500_000_000))
                .build());
    rate(
        "page of 50 from a random rank",
        partition,
        i ->
            ListEntriesRequest.newBuilder()
                .setBoard(BOARD)
                .setFromRank(1 + random.nextInt(members))
                .build());
  }

  private static void memory(int members) {
    long before = usedBytes();
    UnstoredPartition partition = new UnstoredPartition(Leaderboard.TYPE);
    fill(partition, members);
    long bytes = usedBytes() - before;
    System.out.printf(
        Locale.ROOT,
        "memory: %,d members, names of 14 bytes, heap %,d MB, %.1f bytes a member%n",
        members,
        bytes >> 20,
        (double) bytes / members);
    // Used after it was measured, or the collector would take it before.
    partition.call(ListEntriesRequest.newBuilder().setBoard(BOARD).build());
  }

  private static void fill(UnstoredPartition partition, int members) {
    long start = System.nanoTime();
    SplittableRandom random = new SplittableRandom(2);
    for (int first = 0; first < members; first += 1000) {
      SubmitScoresRequest.Builder batch =
          SubmitScoresRequest.newBuilder().setBoard(BOARD).setOperator(Operator.LAST);
      for (int i = first; i < Math.min(members, first + 1000); i++) {
        batch.addScores(
            Score.newBuilder().setMember(member(i)).setScore(random.nextInt(1_000_000_000)));
      }
      partition.call(batch.build());
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "filled %,d members in batches of 1,000: %,.0f scores/s%n",
        members,
        members / seconds);
  }

  private static String member(int i) {
    // Spread, as names of real members are, but always 14 bytes.
    return "player" + HexFormat.of().toHexDigits(i * 0x9E3779B1);
  }

  private static void rate(String what, UnstoredPartition partition, IntFunction<Message> request) {
    Message[] requests = new Message[OPERATIONS];
    for (int i = 0; i < OPERATIONS; i++) {
      requests[i] = request.apply(i);
    }
    rate(
        what,
        OPERATIONS,
        () -> {
          for (Message each : requests) {
            partition.call(each);
          }
        });
  }

  private static void rate(String what, int operations, Runnable run) {
    double bestByClock = 0;
    double bestByCpu = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      long cpuStart = cpuNs();
      run.run();
      bestByCpu = Math.max(bestByCpu, operations * 1e9 / (cpuNs() - cpuStart));
      bestByClock = Math.max(bestByClock, operations * 1e9 / (System.nanoTime() - start));
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %,.0f/s by the clock, %,.0f/s of processor time (%.0f ns), best of %d rounds%n",
        what,
        bestByClock,
        bestByCpu,
        1e9 / bestByCpu,
        ROUNDS);
  }

  /** Time of this thread on a processor: what other programs take does not count. */
  private static long cpuNs() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static long usedBytes() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
