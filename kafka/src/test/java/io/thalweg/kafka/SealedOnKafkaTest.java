package io.thalweg.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.ForgetMemberRequest;
import io.thalweg.leaderboard.v1.ForgetMemberResponse;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.SetDisplayNameRequest;
import io.thalweg.leaderboard.v1.SetDisplayNameResponse;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Leadership;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.PartitionPhase;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Personal data on nodes that share a log: what one seals another reads, and all of them forget.
 */
class SealedOnKafkaTest {
  /** Boards of partition 0 and of partition 1. */
  private static final List<String> BOARDS = List.of("goals", "laps", "wins", "runs", "points");

  private static Node start(String cluster, Path data, Leadership leadership) {
    KafkaOptions options = SharedBroker.cluster(SealedOnKafkaTest.class, cluster);
    return Thalweg.on(KafkaStorage.open(data, options, leadership))
        .service(Leaderboard.TYPE)
        .options(NodeOptions.defaults().withPartitions(2))
        .start();
  }

  @Test
  void afterAFailOverNamesAreReadAndWhatWasForgottenStaysSo(
      @TempDir Path one, @TempDir Path two, @TempDir Path three) {
    Some first = new Some(Set.of(0, 1));
    Some second = new Some(Set.of());
    try (Node a = start("sealed", one, first);
        Node b = start("sealed", two, second)) {
      a.awaitReady();
      b.awaitReady();
      name(a, "goals", "ana", "Ana");
      name(a, "goals", "bo", "Bo");
      first.lead(Set.of());
      second.lead(Set.of(0, 1));
      awaitLeads(b, 2);
      assertThat(shown(b, "goals", "ana")).isEqualTo("Ana");
      call(
          b, ForgetMemberRequest.newBuilder().setMember("ana").build(), ForgetMemberResponse.class);
      assertThat(shown(b, "goals", "ana")).isEmpty();
      assertThat(shown(b, "goals", "bo")).isEqualTo("Bo");

      second.lead(Set.of());
      first.lead(Set.of(0, 1));
      awaitLeads(a, 2);
      assertThat(shown(a, "goals", "ana")).isEmpty();
      assertThat(shown(a, "goals", "bo")).isEqualTo("Bo");
      name(a, "goals", "ana", "Ana again");
    }
    // A node that had nothing.
    try (Node c = start("sealed", three, Leadership.ALWAYS)) {
      c.awaitReady();
      assertThat(shown(c, "goals", "ana")).isEqualTo("Ana again");
      assertThat(shown(c, "goals", "bo")).isEqualTo("Bo");
      assertThat(three.resolve("keys")).as("keys on this machine").doesNotExist();
    }
  }

  @Test
  void nodesThatLeadAtTheSameTimeForgetForEachOtherAndLoseNothingThatIsNew(
      @TempDir Path one, @TempDir Path two) {
    try (Node a = start("both", one, new Some(Set.of(0)));
        Node b = start("both", two, new Some(Set.of(1)))) {
      awaitLeads(a, 1);
      awaitLeads(b, 1);
      // Whoever leads what the member belongs to forgets it.
      boolean here = takes(a, forget());
      Node forgetting = here ? a : b;
      Node other = here ? b : a;
      String own = boardOf(forgetting);
      String others = boardOf(other);
      for (int i = 0; i < 10; i++) {
        name(forgetting, own, "ana", "Ana " + i);
        name(other, others, "ana", "Anna " + i);
        // Asked of the one, it is forgotten at both.
        call(forgetting, forget(), ForgetMemberResponse.class);
        // Told to the other one at once, it is not what was forgotten.
        name(other, others, "ana", "Anne " + i);
        assertThat(shown(other, others, "ana")).isEqualTo("Anne " + i);
        assertThat(shown(forgetting, own, "ana")).isEmpty();
      }
    }
  }

  private static ForgetMemberRequest forget() {
    return ForgetMemberRequest.newBuilder().setMember("ana").build();
  }

  private static boolean takes(Node node, Message request) {
    try {
      node.call(request, Message.class);
      return true;
    } catch (Failure e) {
      assertThat(e.code()).isEqualTo(Code.UNAVAILABLE);
      return false;
    }
  }

  // The first board that a node takes scores of: the others are of the other partition.
  private static String boardOf(Node node) {
    for (String board : BOARDS) {
      if (takes(node, score(board, "probe"))) {
        return board;
      }
    }
    throw new AssertionError("no board is led here");
  }

  private static SubmitScoreRequest score(String board, String member) {
    return SubmitScoreRequest.newBuilder().setBoard(board).setMember(member).setScore(1).build();
  }

  private static void name(Node node, String board, String member, String name) {
    call(node, score(board, member), SubmitScoreResponse.class);
    call(
        node,
        SetDisplayNameRequest.newBuilder()
            .setBoard(board)
            .setMember(member)
            .setDisplayName(name)
            .build(),
        SetDisplayNameResponse.class);
  }

  private static String shown(Node node, String board, String member) {
    GetEntryRequest request =
        GetEntryRequest.newBuilder().setBoard(board).setMember(member).build();
    return call(node, request, Entry.class).getDisplayName();
  }

  /** Again as long as the partition opens again: another node may have forgotten at that moment. */
  private static <R extends Message> R call(Node node, Message request, Class<R> reply) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
    while (true) {
      try {
        return node.call(request, reply);
      } catch (Failure e) {
        assertThat(e.code()).as(e.getMessage()).isEqualTo(Code.UNAVAILABLE);
        assertThat(System.nanoTime()).as("in time").isLessThan(end);
        pause();
      }
    }
  }

  private static void awaitLeads(Node node, int count) {
    await(() ->
        node.status().partitions().stream()
                .filter(partition -> partition.phase() == PartitionPhase.ACTIVE)
                .count()
            == count);
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      pause();
    }
  }

  private static void pause() {
    new Waiters(Host.machine()).await(() -> false, TimeUnit.MILLISECONDS.toNanos(20));
  }

  /** Leads some partitions, and follows the others. */
  private static final class Some implements Leadership {
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile Set<Integer> led;

    Some(Set<Integer> led) {
      this.led = led;
    }

    void lead(Set<Integer> now) {
      led = now;
      listeners.forEach(Runnable::run);
    }

    @Override
    public boolean leads(PartitionId id) {
      return led.contains(id.index());
    }

    @Override
    public Registration onChange(Runnable listener) {
      listeners.add(listener);
      return () -> listeners.remove(listener);
    }
  }
}
