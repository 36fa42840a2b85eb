package io.thalweg.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.jobs.v1.DeleteQueueRequest;
import io.thalweg.jobs.v1.DeleteQueueResponse;
import io.thalweg.jobs.v1.JobSchedule;
import io.thalweg.jobs.v1.PutScheduleRequest;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Quotas;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A project has no more queues and jobs than its quotas let it have. */
class QuotasTest {
  @TempDir Path data;

  private Node open() {
    Quotas quotas = new Quotas(Map.of("jobs.queues", 2L, "jobs.jobs", 3L));
    return Thalweg.at(data)
        .service(JobQueues.type(quotas))
        .options(NodeOptions.defaults().withPartitions(1))
        .open();
  }

  @Test
  void oneQueueMoreThanTheQuotaIsRefusedHoweverItWouldBeMade() {
    try (Node node = open()) {
      new Asked(node, "one").enqueue("a");
      new Asked(node, "two").settings(QueueSettings.newBuilder().setMaxRunning(1));
      Asked three = new Asked(node, "three");
      String refusal =
          "quota jobs.queues: the project has 2 in this partition and may have 2; this would be 1"
              + " more";
      assertThatThrownBy(() -> three.enqueue("a"))
          .hasMessage(refusal)
          .isInstanceOfSatisfying(
              Failure.class,
              refused -> assertThat(refused.code()).isEqualTo(Code.RESOURCE_EXHAUSTED));
      assertThatThrownBy(() -> three.settings(QueueSettings.newBuilder().setMaxRunning(1)))
          .hasMessage(refusal);
      assertThatThrownBy(() ->
              three.call(
                  PutScheduleRequest.newBuilder()
                      .setQueue("three")
                      .setSchedule("s")
                      .setCron("* * * * *")
                      .setJob(Asked.spec("a"))
                      .build(),
                  JobSchedule.class))
          .hasMessage(refusal);
      node.call(DeleteQueueRequest.newBuilder().setQueue("one").build(), DeleteQueueResponse.class);
      three.enqueue("a");
    }
  }

  @Test
  void jobsOfAllQueuesCountAlsoAfterARestart() {
    try (Node node = open()) {
      new Asked(node, "one").enqueue("a");
      new Asked(node, "one").enqueue("b");
      new Asked(node, "two").enqueue("c");
    }
    try (Node node = open()) {
      Asked two = new Asked(node, "two");
      assertThatThrownBy(() -> two.enqueue("d"))
          .hasMessage(
              "quota jobs.jobs: the project has 3 in this partition and may have 3; this would be"
                  + " 1 more");
      two.done(two.next());
      two.enqueue("d");
    }
  }
}
