package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.client.jobs.Enqueuer;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.GetQueueRequest;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.jobs.v1.SetQueueRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Many callers put their jobs into a queue of a real server. */
class EnqueuerTest {
  private static LiveServer server;

  @BeforeAll
  static void start() {
    server = new LiveServer();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static ThalwegClient client() {
    return ThalwegClient.at(server.url()).timeout(Duration.ofSeconds(60)).open();
  }

  private static JobSpec job(String type) {
    return JobSpec.newBuilder().setType(type).build();
  }

  private static long enqueued(String queue) {
    return server
        .node()
        .call(GetQueueRequest.newBuilder().setQueue(queue).build(), Queue.class)
        .getFigures()
        .getTotalEnqueued();
  }

  @Test
  void eachCallerHearsOfItsOwnJobAndJobsAreInTheOrderOfTheCalls() throws Exception {
    List<CompletableFuture<EnqueueResponse>> answers = new ArrayList<>();
    try (ThalwegClient client = client();
        Enqueuer enqueuer = Enqueuer.of(client, "ordered")) {
      for (int i = 0; i < 2_500; i++) {
        answers.add(enqueuer.enqueue(job("t")));
      }
    }
    // Closing it has waited for all of them.
    assertThat(answers).allMatch(CompletableFuture::isDone);
    assertThat(answers.stream().map(answer -> answer.join().getJob()).toList())
        .doesNotHaveDuplicates()
        .isSorted();
    assertThat(enqueued("ordered")).isEqualTo(2_500);
  }

  @Test
  void aJobThatIsRefusedIsRefusedAlone() throws Exception {
    List<CompletableFuture<EnqueueResponse>> answers = new ArrayList<>();
    try (ThalwegClient client = client();
        Enqueuer enqueuer = Enqueuer.of(client, "mixed")) {
      for (int i = 0; i < 60; i++) {
        answers.add(enqueuer.enqueue(job(i == 40 ? "" : "t")));
      }
    }
    for (int i = 0; i < 60; i++) {
      if (i == 40) {
        assertThatThrownBy(answers.get(i)::join)
            .cause()
            .isInstanceOfSatisfying(
                ThalwegException.class,
                refused -> assertThat(refused.code()).isEqualTo(Code.INVALID_ARGUMENT));
      } else {
        assertThat(answers.get(i).join().getJob()).isPositive();
      }
    }
    assertThat(enqueued("mixed")).isEqualTo(59);
  }

  @Test
  void aFullQueueTakesWhatThereIsRoomForAndTellsTheOthers() throws Exception {
    server
        .node()
        .call(
            SetQueueRequest.newBuilder()
                .setQueue("full")
                .setSettings(QueueSettings.newBuilder().setMaxJobs(10))
                .build(),
            Queue.class);
    List<CompletableFuture<EnqueueResponse>> answers = new ArrayList<>();
    try (ThalwegClient client =
            ThalwegClient.at(server.url()).timeout(Duration.ofMillis(300)).open();
        Enqueuer enqueuer = Enqueuer.of(client, "full")) {
      for (int i = 0; i < 13; i++) {
        answers.add(enqueuer.enqueue(job("t")));
      }
    }
    assertThat(answers).allMatch(CompletableFuture::isDone);
    long there = answers.stream().filter(answer -> !answer.isCompletedExceptionally()).count();
    assertThat(there).isLessThanOrEqualTo(10);
    assertThat(answers.subList(10, 13)).allMatch(CompletableFuture::isCompletedExceptionally);
  }

  @Test
  void placesInARequestOfItsOwnAreRefused() {
    try (ThalwegClient client = client();
        Enqueuer enqueuer = Enqueuer.of(client, "places")) {
      assertThatThrownBy(
              () -> enqueuer.enqueue(JobSpec.newBuilder().setType("t").addAfterPlaces(0).build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("after_places");
    }
  }
}
