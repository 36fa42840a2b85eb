package io.thalweg.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.kafka.KafkaOptions;
import io.thalweg.kafka.KafkaStorage;
import io.thalweg.kafka.SharedBroker;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Leadership;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a caller of a node hears of requests that another node leads, over a way that loses some.
 */
class ForwardingTest {
  private static final PartitionId FIRST = new PartitionId("leaderboard", 0);

  @TempDir static Path directory;
  private static @Nullable Node leader;
  private static @Nullable Node asked;
  private static @Nullable FaultyPeers peers;

  @BeforeAll
  static void start() {
    leader = node("leader", Leadership.ALWAYS).start();
    leader.awaitReady();
    peers = new FaultyPeers(leader);
    asked = node("asked", new Nothing()).peers(peers).start();
  }

  @AfterAll
  static void stop() {
    if (asked != null) {
      asked.close();
    }
    if (leader != null) {
      leader.close();
    }
  }

  private static Thalweg node(String name, Leadership leadership) {
    KafkaOptions kafka = SharedBroker.cluster(ForwardingTest.class, "forward");
    return Thalweg.on(KafkaStorage.open(directory.resolve(name), kafka, leadership))
        .service(Leaderboard.TYPE)
        .options(NodeOptions.defaults().withPartitions(1));
  }

  private static FaultyPeers peers() {
    return Objects.requireNonNull(peers);
  }

  @Test
  void whatMayHaveBeenExecutedIsToldAsUnknownIfItHasNoName() {
    peers().repliesToLose.set(1);
    assertThatThrownBy(() -> submit("unnamed", 5, null))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("the outcome is unknown");
    assertThat(score("unnamed")).isEqualTo(5);
  }

  @Test
  void aNamedCommandIsSentAgainAndExecutedOnce() {
    peers().repliesToLose.set(1);
    assertThat(submit("named", 6, "once").getScore()).isEqualTo(6);
    long end = Objects.requireNonNull(leader).durableOffset(FIRST);
    assertThat(submit("named", 6, "once").getScore()).isEqualTo(6);
    assertThat(Objects.requireNonNull(leader).durableOffset(FIRST)).isEqualTo(end);
  }

  @Test
  void aStaleRouteIsCorrectedAndNotToldToTheCaller() {
    submit("stale", 7, null);
    peers().staleRoutes.set(3);
    peers().requestsToLose.set(2);
    int before = peers().sent.get();
    assertThat(submit("stale", 8, null).getScore()).isEqualTo(8);
    assertThat(peers().sent.get() - before).isEqualTo(6);
  }

  @Test
  void aRequestThatFindsNoLeaderUntilItsDeadlineWasNotExecuted() {
    peers().requestsToLose.set(Integer.MAX_VALUE);
    try {
      long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
      assertThatThrownBy(() ->
              Objects.requireNonNull(asked)
                  .call(
                      new Request(message("late", 9), Caller.ANONYMOUS, "late", deadlineNs),
                      SubmitScoreResponse.class))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("not executed");
    } finally {
      peers().requestsToLose.set(0);
    }
  }

  private static SubmitScoreRequest message(String member, double score) {
    return SubmitScoreRequest.newBuilder()
        .setBoard("forward")
        .setMember(member)
        .setScore(score)
        .build();
  }

  private static SubmitScoreResponse submit(String member, double score, @Nullable String name) {
    return Objects.requireNonNull(asked)
        .call(
            new Request(message(member, score), Caller.ANONYMOUS, name, Long.MAX_VALUE),
            SubmitScoreResponse.class);
  }

  private static double score(String member) {
    return Objects.requireNonNull(asked)
        .call(
            GetEntryRequest.newBuilder().setBoard("forward").setMember(member).build(), Entry.class)
        .getScore();
  }

  /** Neither leads nor follows. */
  private static final class Nothing implements Leadership {
    @Override
    public boolean leads(PartitionId id) {
      return false;
    }

    @Override
    public boolean follows(PartitionId id) {
      return false;
    }

    @Override
    public Registration onChange(Runnable listener) {
      return () -> {};
    }
  }
}
