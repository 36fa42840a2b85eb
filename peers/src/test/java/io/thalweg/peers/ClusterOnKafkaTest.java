package io.thalweg.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.cluster.PlacementOptions;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.kafka.KafkaOptions;
import io.thalweg.kafka.SharedBroker;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.ClusterView;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.PartitionPhase;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.WatchStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clusters of whole nodes in this process, over one real broker. */
class ClusterOnKafkaTest {
  private static final Duration LIMIT = Duration.ofSeconds(100);

  private static KafkaOptions kafka(String cluster) {
    return SharedBroker.cluster(ClusterOnKafkaTest.class, cluster);
  }

  @Test
  void nodesShareThePartitionsAndAnyOfThemTakesAnyRequest(@TempDir Path data) throws Exception {
    try (TestMember a = start("share", data, "a");
        TestMember b = start("share", data, "b");
        TestMember c = start("share", data, "c")) {
      List<TestMember> all = List.of(a, b, c);
      awaitHealthy(all);
      assertThat(all.stream().mapToLong(TestMember::led).sum()).isEqualTo(4);
      // One leader and one standby each; the third node has nothing of it.
      await(
          "one of three is away",
          () ->
              all.stream()
                      .flatMap(node -> node.node().places().stream())
                      .filter(place -> place.phase() == PartitionPhase.AWAY)
                      .count()
                  == 4);

      List<WatchStream> watches = new ArrayList<>();
      for (TestMember node : all) {
        watches.add(node.node().watch(request(watch(), null), null));
      }
      for (int i = 0; i < 30; i++) {
        submit(all.get(i % 3).node(), "board" + i % 10, "m" + i, i, "name-" + i);
      }
      for (TestMember node : all) {
        for (int i = 0; i < 30; i++) {
          assertThat(score(node.node(), "board" + i % 10, "m" + i)).isEqualTo(i);
        }
        // Whoever is asked, the reply is that of the first time.
        assertThat(submit(node.node(), "board3", "m3", 3, "name-3").getScore()).isEqualTo(3);
      }
      for (int i = 0; i < 10; i++) {
        // Whoever follows answers if it is as far as the writer has seen, else the leader does.
        Position seen = written(all.get(i % 3).node(), "board5", "session", i);
        for (TestMember node : all) {
          Request read = request(get("board5", "session"), null).atLeast(seen);
          assertThat(again(() -> node.node().call(read, Entry.class)).getScore()).isEqualTo(i);
        }
      }
      for (WatchStream watch : watches) {
        // The board was made, then three scores.
        for (String expected : List.of("board_created", "m3", "m13", "m23")) {
          WatchStream.Item item = Objects.requireNonNull(watch.next(LIMIT), "an event in time");
          assertThat(item.message().toString()).contains(expected);
        }
        watch.close();
      }
    }
  }

  @Test
  void whatADeadNodeHasAcknowledgedIsThereAndItsStandbyLeads(@TempDir Path data) {
    TestMember a = start("dead", data, "a");
    try (TestMember b = start("dead", data, "b")) {
      awaitHealthy(List.of(a, b));
      await("each leads something", () -> a.led() > 0 && b.led() > 0);
      for (int i = 0; i < 40; i++) {
        submit(a.node(), "board" + i, "m", i, "first-" + i);
      }
      a.vanish();
      // A request that comes at once waits for the new leader.
      for (int i = 0; i < 40; i++) {
        assertThat(submit(b.node(), "board" + i, "m", i, "first-" + i).getScore()).isEqualTo(i);
        assertThat(score(b.node(), "board" + i, "m")).isEqualTo(i);
      }
      assertThat(b.led()).isEqualTo(4);
    } finally {
      a.member().close();
    }
  }

  @Test
  void thatAProcessIsGoneIsFoundOutLongBeforeItsTimeIsUp(@TempDir Path data) {
    // The one leads soon, and hands nothing on; the other waits for an hour before it takes over.
    TestMember a = TestMember.start(kafka("gone"), data.resolve("a"), "a", waits(1_500));
    try (TestMember b = TestMember.start(kafka("gone"), data.resolve("b"), "b", waits(3_600_000))) {
      await("one leads", () -> a.led() == 4);
      await(
          "the other follows",
          () -> b.node().places().stream().allMatch(p -> p.phase() == PartitionPhase.FOLLOWING));
      assertThat(submit(b.node(), "board", "m", 1, "one").getScore()).isEqualTo(1);
      a.vanish();
      await("nobody is left", () -> b.member().view().nodes().size() == 1);
    } finally {
      a.member().close();
    }
  }

  private static PlacementOptions waits(long timeoutMs) {
    return new PlacementOptions(
        1, Duration.ofMillis(timeoutMs), Duration.ofSeconds(3), Duration.ofHours(1), 10_000);
  }

  @Test
  void aNodeThatStopsHandsOnAndNoRequestFails(@TempDir Path data) throws Exception {
    try (TestMember a = start("stop", data, "a")) {
      TestMember b = start("stop", data, "b");
      awaitHealthy(List.of(a, b));
      await("each leads something", () -> a.led() > 0 && b.led() > 0);
      // Nothing is moved to a node that has just come.
      await(
          "both are settled",
          () -> a.member().view().nodes().stream().allMatch(node -> node.aliveMs() > 2_000));
      Thread stop = new Thread(b::stop);
      stop.start();
      int requests = 0;
      while (stop.isAlive() || requests < 40) {
        int i = requests++;
        assertThat(submit(a.node(), "board" + i % 40, "m" + i, i, "n" + i).getScore()).isEqualTo(i);
      }
      stop.join();
      assertThat(a.led()).isEqualTo(4);
      for (int i = 0; i < requests; i++) {
        assertThat(score(a.node(), "board" + i % 40, "m" + i)).isEqualTo(i);
      }
    }
  }

  private static TestMember start(String cluster, Path data, String name) {
    return TestMember.start(kafka(cluster), data.resolve(name), MemberOptions.local(name));
  }

  private static void awaitHealthy(List<TestMember> all) {
    await(
        "all is well",
        () ->
            all.stream()
                .allMatch(node -> {
                  ClusterView view = node.member().view();
                  return view.nodes().size() == all.size()
                      && !view.partitions().isEmpty()
                      && view.unhealthy().isEmpty();
                }));
  }

  private static WatchBoardRequest watch() {
    return WatchBoardRequest.newBuilder().setBoard("board3").build();
  }

  private static Request request(com.google.protobuf.Message message, @Nullable String name) {
    return new Request(
        message, Caller.ANONYMOUS, name, System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
  }

  private static SubmitScoreResponse submit(
      Node node, String board, String member, double score, String name) {
    SubmitScoreRequest message =
        SubmitScoreRequest.newBuilder().setBoard(board).setMember(member).setScore(score).build();
    return again(() -> node.call(request(message, name), SubmitScoreResponse.class));
  }

  private static Position written(Node node, String board, String member, double score)
      throws Exception {
    CompletableFuture<Position> answer = new CompletableFuture<>();
    node.submit(
        request(
            SubmitScoreRequest.newBuilder()
                .setBoard(board)
                .setMember(member)
                .setScore(score)
                .build(),
            null),
        new ReplyHandler() {
          @Override
          public void reply(com.google.protobuf.Message reply, Position position) {
            answer.complete(position);
          }

          @Override
          public void failure(Failure failure) {
            answer.completeExceptionally(failure);
          }
        });
    return answer.get(60, TimeUnit.SECONDS);
  }

  private static GetEntryRequest get(String board, String member) {
    return GetEntryRequest.newBuilder().setBoard(board).setMember(member).build();
  }

  private static double score(Node node, String board, String member) {
    return again(() -> node.call(request(get(board, member), null), Entry.class)).getScore();
  }

  /** As a client does: what may succeed later is asked again, under the same name. */
  private static <T> T again(java.util.function.Supplier<T> call) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      try {
        return call.get();
      } catch (Failure e) {
        if (!e.isRetryable() || System.nanoTime() - end > 0) {
          throw e;
        }
      }
    }
  }

  private static void await(String what, BooleanSupplier condition) {
    Waiters waiters = new Waiters(Host.machine());
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      waiters.await(() -> false, TimeUnit.MILLISECONDS.toNanos(20));
    }
  }
}
