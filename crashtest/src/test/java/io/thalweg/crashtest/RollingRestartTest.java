package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.LeaderboardClient;
import io.thalweg.client.ThalwegClient;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every node of a cluster is stopped and started again, one after the other, under load. */
final class RollingRestartTest {
  private static final int CLIENTS = 4;
  private static final long PAUSE_MS = 20;

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void noRequestOfTheJavaClientFailsWhileAllNodesAreRestartedOneByOne() throws Exception {
    Path folder = Folder.fresh(Settings.folder("rolling"));
    AtomicBoolean going = new AtomicBoolean(true);
    AtomicInteger[] answered = new AtomicInteger[CLIENTS];
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    try (RealCluster cluster = RealCluster.start(folder, i -> folder.resolve("data-" + i));
        Wire address = Wire.toNobody()) {
      address.to(url(cluster.nodes().getFirst()));
      try (ThalwegClient client =
          ThalwegClient.at(address.url()).timeout(Duration.ofSeconds(60)).open()) {
        for (int i = 0; i < CLIENTS; i++) {
          AtomicInteger count = new AtomicInteger();
          answered[i] = count;
          String member = "m" + i;
          threads.add(
              Thread.startVirtualThread(() -> {
                LeaderboardClient boards = client.leaderboard();
                try {
                  while (going.get()) {
                    ask(boards, member, count);
                    Thread.sleep(PAUSE_MS);
                  }
                } catch (RuntimeException | InterruptedException e) {
                  failures.add(e);
                }
              }));
        }
        for (int i = 0; i < 3; i++) {
          ClusterNode node = cluster.nodes().get(i);
          int before = sum(answered);
          // What a load balancer does with one that is to be restarted.
          address.to(url(cluster.nodes().get((i + 1) % 3)));
          node.stop();
          node.launch(List.of());
          node.awaitReady();
          cluster.awaitHealthy();
          assertThat(failures).isEmpty();
          assertThat(sum(answered)).as("the load goes on").isGreaterThan(before);
        }
        going.set(false);
        for (Thread thread : threads) {
          thread.join();
        }
        assertThat(failures).isEmpty();
      } finally {
        going.set(false);
      }
    }
    System.out.printf("crashtest: three restarts, %d answers, none failed%n", sum(answered));
    Folder.delete(folder);
  }

  /** Each adds 1: a request that was executed twice or lost shows at once. */
  private static void ask(LeaderboardClient boards, String member, AtomicInteger count) {
    SubmitScoreRequest one =
        SubmitScoreRequest.newBuilder()
            .setBoard("rolling")
            .setMember(member)
            .setScore(1)
            .setOperator(Operator.SUM)
            .build();
    double score = boards.submitScore(one).await().getScore();
    assertThat(score).isEqualTo(count.incrementAndGet());
  }

  private static int sum(AtomicInteger[] counts) {
    int sum = 0;
    for (AtomicInteger count : counts) {
      sum += count.get();
    }
    return sum;
  }

  private static String url(ClusterNode node) {
    return Objects.requireNonNull(node.url());
  }
}
