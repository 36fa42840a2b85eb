package io.thalweg.bench;

import com.google.protobuf.Message;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.ListBoardsRequest;
import io.thalweg.leaderboard.v1.ListBoardsResponse;
import io.thalweg.leaderboard.v1.Score;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.NodeStatus.PartitionStatus;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;

/**
 * A node within this process that is asked for more than it can do: three times its capacity, one
 * hot key, commands that throw, scans that never end. Requests are {@value #BATCH} scores each, so
 * that the load costs little beside the node. The node's threads have one core, those that send
 * another.
 *
 * <p>Arguments: directory (must not exist), seconds of the overload (the other runs take a sixth),
 * what to run ({@code all}, or {@code hot} for the hot key alone).
 */
public final class OverloadBench {
  private static final int BATCH = 100;
  private static final int PARTITIONS = 4;
  private static final int MEMBERS = 100_000;
  private static final int PREPARED = 4_096;
  private static final int BOARDS = 40_000;
  private static final String POISON = "poison";

  private final Node node;
  private final double seconds;
  private final List<String> boards;
  private final TextTable table =
      new TextTable(
          "run",
          "sent/s",
          "accepted/s",
          "of peak",
          "p50 ms",
          "p99 ms",
          "max ms",
          "refused/s",
          "refusal p99 ms",
          "failed",
          "sender late p99 ms");
  private double peakPerSecond;

  private OverloadBench(Node node, double seconds) {
    this.node = node;
    this.seconds = seconds;
    this.boards = boardsOfEachPartition();
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Path data = Path.of(args[0]);
    double seconds = args.length > 1 ? Double.parseDouble(args[1]) : 120;
    boolean all = args.length < 3 || args[2].equals("all");
    Files.createDirectory(data);
    Machine.print(data);
    try (Node node =
        Thalweg.at(data)
            .options(NodeOptions.defaults().withPartitions(PARTITIONS))
            .service(withPoison())
            .open()) {
      Cores.takeAll(0);
      Cores.take(1);
      new OverloadBench(node, seconds).run(all);
    }
  }

  // The leaderboard as it is, but a submit for one name throws.
  private static ServiceType withPoison() {
    return ServiceType.of(
        Leaderboard.TYPE.contract(), d -> Leaderboard.TYPE.constructor().accept(poisoned(d)));
  }

  private static Definition poisoned(Definition inner) {
    return (Definition)
        Proxy.newProxyInstance(
            Definition.class.getClassLoader(),
            new Class<?>[] {Definition.class},
            (proxy, method, args) -> {
              if (method.getName().equals("command") && args[0] == SubmitScoreRequest.class) {
                args[2] = throwing(args[2]);
              }
              try {
                return method.invoke(inner, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @SuppressWarnings("unchecked")
  private static Object throwing(Object handler) {
    var inner = (Definition.CommandHandler<SubmitScoreRequest, Message>) handler;
    return (Definition.CommandHandler<SubmitScoreRequest, Message>)
        (request, context) -> {
          if (request.getMember().equals(POISON)) {
            throw new IllegalStateException("poison");
          }
          return inner.handle(request, context);
        };
  }

  private void run(boolean everything) throws InterruptedException, IOException {
    List<IntFunction<Message>> each = new ArrayList<>();
    for (String board : boards) {
      each.add(batches(board));
    }
    IntFunction<Message> all = i -> each.get(i & (PARTITIONS - 1)).apply(i >> 2);
    ClosedLoop closed = new ClosedLoop(node, 2_048);
    int[] next = {0};
    closed.run(() -> all.apply(next[0]++), TimeUnit.SECONDS.toNanos(5));
    for (int i = 0; i < 3; i++) {
      ClosedLoop.Round round =
          closed.run(
              () -> all.apply(next[0]++),
              TimeUnit.MILLISECONDS.toNanos((long) (1_000 * seconds / 6)));
      peakPerSecond = Math.max(peakPerSecond, round.perSecond());
    }
    System.out.printf(
        Locale.ROOT,
        "peak: %,.0f requests of %d scores a second (%,.0f scores/s), best of 3%n",
        peakPerSecond,
        BATCH,
        BATCH * peakPerSecond);
    if (!everything) {
      hotKey(each);
      table.print();
      return;
    }
    row("three times the peak", Flow.begin(node, all, 3 * peakPerSecond, seconds).await(), seconds);
    row(
        "half the peak, after it",
        Flow.begin(node, all, peakPerSecond / 2, seconds / 6).await(),
        seconds / 6);
    hotKey(each);
    poison(each);
    scans(all);
    table.print();
    System.out.println(memory());
  }

  // Three partitions are asked little; what changes for them when the fourth is asked too much?
  private void hotKey(List<IntFunction<Message>> each) throws InterruptedException {
    double perSecond = peakPerSecond / 10;
    IntFunction<Message> others = i -> each.get(1 + i % 3).apply(i / 3);
    double length = seconds / 6;
    row("other keys, alone", Flow.begin(node, others, perSecond, length).await(), length);
    Flow hot = Flow.begin(node, each.getFirst(), 3 * peakPerSecond, length);
    Flow beside = Flow.begin(node, others, perSecond, length);
    row("other keys, beside a hot one", beside.await(), length);
    row("the hot key", hot.await(), length);
  }

  private void poison(List<IntFunction<Message>> each) throws InterruptedException {
    SubmitScoreRequest throwing =
        SubmitScoreRequest.newBuilder()
            .setBoard(boards.getFirst())
            .setMember(POISON)
            .setScore(1)
            .build();
    IntFunction<Message> clean = each.getFirst();
    double perSecond = peakPerSecond / 10;
    double length = seconds / 6;
    row("no poison", Flow.begin(node, clean, perSecond, length).await(), length);
    row(
        "one poison in a hundred",
        Flow.begin(node, i -> i % 100 == 0 ? throwing : clean.apply(i), perSecond, length).await(),
        length);
  }

  private void scans(IntFunction<Message> all) throws InterruptedException {
    ClosedLoop fill = new ClosedLoop(node, 2_048);
    for (int i = 0; i < BOARDS; i++) {
      fill.submit(
          SubmitScoreRequest.newBuilder().setBoard("many" + i).setMember("m").setScore(i).build());
    }
    fill.awaitAll();
    double perSecond = peakPerSecond / 4;
    double length = seconds / 6;
    row("writers, alone", Flow.begin(node, all, perSecond, length).await(), length);
    AtomicBoolean stop = new AtomicBoolean();
    long[] scans = {0};
    Thread scanner =
        Thread.ofPlatform()
            .start(() -> {
              while (!stop.get()) {
                node.call(
                    ListBoardsRequest.newBuilder().setPageSize(1).build(),
                    ListBoardsResponse.class);
                scans[0]++;
              }
            });
    Flow writers = Flow.begin(node, all, perSecond, length).await();
    stop.set(true);
    scanner.join();
    row("writers, beside scans of %,d boards".formatted(BOARDS), writers, length);
    System.out.printf(Locale.ROOT, "%d full scans ran beside the writers%n", scans[0]);
  }

  private void row(String what, Flow flow, double length) {
    table.row(
        what,
        TextTable.whole(flow.sent() / length),
        TextTable.whole(flow.accepted() / length),
        TextTable.decimals(flow.accepted() / length / peakPerSecond, 2),
        TextTable.decimals(flow.acceptedMs(50), 2),
        TextTable.decimals(flow.acceptedMs(99), 2),
        TextTable.decimals(flow.acceptedMs(100), 1),
        TextTable.whole(flow.refused() / length),
        flow.refused() == 0 ? "" : TextTable.decimals(flow.refusedMs(99), 3),
        Long.toString(flow.failed()),
        TextTable.decimals(flow.lateMs(99), 1));
  }

  private static String memory() throws IOException {
    StringBuilder words = new StringBuilder("memory of this process, load included:");
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM") || line.startsWith("VmRSS")) {
        words.append(' ').append(line.replaceAll("\\s+", " "));
      }
    }
    return words.toString();
  }

  private static IntFunction<Message> batches(String board) {
    SplittableRandom random = new SplittableRandom(board.hashCode());
    Message[] prepared = new Message[PREPARED];
    for (int i = 0; i < PREPARED; i++) {
      SubmitScoresRequest.Builder request = SubmitScoresRequest.newBuilder().setBoard(board);
      for (int s = 0; s < BATCH; s++) {
        request.addScores(
            Score.newBuilder()
                .setMember(Load.member(random.nextInt(MEMBERS)))
                .setScore(random.nextInt(1_000_000_000)));
      }
      prepared[i] = request.build();
    }
    return i -> prepared[(i & Integer.MAX_VALUE) % PREPARED];
  }

  /** One board name for each partition, in their order. */
  private List<String> boardsOfEachPartition() {
    String[] names = new String[PARTITIONS];
    int found = 0;
    for (int i = 0; found < PARTITIONS; i++) {
      List<PartitionStatus> before = node.status().partitions();
      String name = "overload" + i;
      node.call(batches(name).apply(0), Message.class);
      List<PartitionStatus> after = node.status().partitions();
      for (int p = 0; p < PARTITIONS; p++) {
        if (after.get(p).endOffset() > before.get(p).endOffset() && names[p] == null) {
          names[p] = name;
          found++;
        }
      }
    }
    return List.of(names);
  }
}
