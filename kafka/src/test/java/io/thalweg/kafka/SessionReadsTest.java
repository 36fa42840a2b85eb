package io.thalweg.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Leadership;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.PartitionPhase;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads that a follower answers, behind a position that their caller has seen. */
class SessionReadsTest {
  private static final Position ANY = new Position(0, 0, -1);

  /** An answer, and who gave it. */
  private record Answered(Message reply, Position position, boolean follower, long lag) {}

  private static Node start(
      String cluster, Path data, Leadership leadership, SimpleMeterRegistry meters) {
    KafkaOptions options = SharedBroker.cluster(SessionReadsTest.class, cluster);
    return Thalweg.on(KafkaStorage.open(data, options, leadership))
        .service(Leaderboard.TYPE)
        .options(NodeOptions.defaults().withPartitions(1))
        .meters(meters)
        .start();
  }

  @Test
  void whoHasWrittenReadsItAtAFollowerThatHasComeSoFarAndGoesOnInOrder(
      @TempDir Path one, @TempDir Path two) throws Exception {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    try (Node leader = start("session", one, Leadership.ALWAYS, new SimpleMeterRegistry());
        Node follower = start("session", two, new Never(), meters)) {
      leader.awaitReady();
      awaitFollowing(follower);
      long seenBefore = -1;
      for (int i = 0; i < 50; i++) {
        Position written = ask(leader, submit("ana", i)).position();
        Answered read = askUntilThere(follower, get("ana").atLeast(written));
        assertThat(((Entry) read.reply()).getScore()).isEqualTo(i);
        assertThat(read.follower()).isTrue();
        assertThat(read.lag()).isNotNegative();
        assertThat(read.position().offset()).isGreaterThanOrEqualTo(written.offset());
        assertThat(read.position().offset()).isGreaterThanOrEqualTo(seenBefore);
        seenBefore = read.position().offset();
      }
      assertThat(meters.get("thalweg.queries.followed").functionCounter().count()).isEqualTo(50);
      assertThat(meters.get("thalweg.follower.lag").gauge().value()).isNotNegative();
    }
  }

  @Test
  void aFollowerThatHasNotComeSoFarDoesNotAnswerNorOneThatIsAskedForEverything(
      @TempDir Path one, @TempDir Path two) throws Exception {
    try (Node leader = start("far", one, Leadership.ALWAYS, new SimpleMeterRegistry());
        Node follower = start("far", two, new Never(), new SimpleMeterRegistry())) {
      leader.awaitReady();
      awaitFollowing(follower);
      Position written = ask(leader, submit("ana", 1)).position();
      askUntilThere(follower, get("ana").atLeast(written));
      // Beyond all that there is, of a later history, and without a position: it is the leader's.
      Position beyond =
          new Position(written.lineage(), written.partition(), written.offset() + 1_000_000);
      Position later = new Position(written.lineage() + 1, written.partition(), written.offset());
      for (Request request :
          new Request[] {
            get("ana").atLeast(beyond),
            get("ana").atLeast(later),
            get("ana"),
            submit("ana", 2).atLeast(ANY)
          }) {
        assertThatThrownBy(() -> ask(follower, request))
            .isInstanceOf(ExecutionException.class)
            .cause()
            .isInstanceOf(Failure.class)
            .hasMessageContaining("led by another node");
      }
      // Any state will do.
      assertThat(ask(follower, get("ana").atLeast(ANY)).follower()).isTrue();
      // A refusal is an answer too.
      assertThatThrownBy(() -> ask(follower, get("nobody").atLeast(ANY)))
          .cause()
          .isInstanceOfSatisfying(
              Failure.class, e -> assertThat(e.code()).isEqualTo(Code.NOT_FOUND));
      // The leader answers it as any other.
      Answered read = ask(leader, get("ana").atLeast(written));
      assertThat(read.follower()).isFalse();
    }
  }

  private static Request submit(String member, double score) {
    return Request.of(
        SubmitScoreRequest.newBuilder()
            .setBoard("goals")
            .setMember(member)
            .setScore(score)
            .build());
  }

  private static Request get(String member) {
    return new Request(
        GetEntryRequest.newBuilder().setBoard("goals").setMember(member).build(),
        Caller.ANONYMOUS,
        null,
        Long.MAX_VALUE);
  }

  private static Answered ask(Node node, Request request) throws Exception {
    CompletableFuture<Answered> answer = new CompletableFuture<>();
    node.submit(
        request,
        new ReplyHandler() {
          @Override
          public void reply(Message reply, Position position) {
            answer.complete(new Answered(reply, position, false, 0));
          }

          @Override
          public void replyOfFollower(Message reply, Position position, long lag) {
            answer.complete(new Answered(reply, position, true, lag));
          }

          @Override
          public void failure(Failure failure) {
            answer.completeExceptionally(failure);
          }
        });
    return answer.get(100, TimeUnit.SECONDS);
  }

  /** A follower that is the only other node has nobody to send to what it cannot answer yet. */
  private static Answered askUntilThere(Node follower, Request request) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
    while (true) {
      try {
        return ask(follower, request);
      } catch (ExecutionException e) {
        assertThat(e.getCause()).hasMessageContaining("led by another node");
        assertThat(System.nanoTime()).as("in time").isLessThan(end);
        pause();
      }
    }
  }

  private static void awaitFollowing(Node node) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
    while (node.status().partitions().getFirst().phase() != PartitionPhase.FOLLOWING) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      pause();
    }
  }

  private static void pause() {
    new Waiters(Host.machine()).await(() -> false, TimeUnit.MILLISECONDS.toNanos(5));
  }

  /** Follows everything. */
  private static final class Never implements Leadership {
    @Override
    public boolean leads(PartitionId id) {
      return false;
    }

    @Override
    public Registration onChange(Runnable listener) {
      return () -> {};
    }
  }
}
