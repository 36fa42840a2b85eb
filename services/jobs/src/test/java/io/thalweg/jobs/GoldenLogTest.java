package io.thalweg.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.contract.Guard;
import io.thalweg.jobs.v1.Batch;
import io.thalweg.jobs.v1.CancelJobRequest;
import io.thalweg.jobs.v1.CancelJobResponse;
import io.thalweg.jobs.v1.DeleteQueueRequest;
import io.thalweg.jobs.v1.DeleteQueueResponse;
import io.thalweg.jobs.v1.EnqueueRequest;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.JobReport;
import io.thalweg.jobs.v1.JobSchedule;
import io.thalweg.jobs.v1.LeasedJob;
import io.thalweg.jobs.v1.PauseQueueRequest;
import io.thalweg.jobs.v1.PutScheduleRequest;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.jobs.v1.RetryPolicy;
import io.thalweg.jobs.v1.SealBatchRequest;
import io.thalweg.jobs.v1.UniqueScope;
import io.thalweg.runtime.Node;
import io.thalweg.testkit.GoldenLog;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A log that a release wrote replays to the state that the release had: every event, a named
 * request, a second project. If this fails the replay of users' logs has changed. To record the log
 * of the present level: {@code -Dcontract=record}.
 */
class GoldenLogTest {
  private static final long FAR_MS = 2_592_000_000L;

  private static final GoldenLog GOLDEN =
      GoldenLog.of(
          JobQueues.TYPE,
          (node, out) -> {
            // Leases end and jobs are forgotten while the log lies here: the rows tell all.
          });

  @TempDir Path folder;

  /** Writes the golden log of the present level, once; what is there stays. */
  @BeforeAll
  static void recordTheLogOfThisRelease(@TempDir Path folder) {
    GOLDEN.record(folder, GoldenLogTest::write);
  }

  static List<Integer> levels() {
    return GOLDEN.levels();
  }

  @Test
  void everyReleaseHasAGoldenLog() {
    assertThat(GOLDEN.levelsWithout()).as("levels without a golden log").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("levels")
  void aLogOfEveryReleaseReplaysToTheStateThatItHad(int level) {
    GOLDEN.verify(level, folder);
  }

  private static void write(Node node) {
    Asked mail = new Asked(node, "mail");
    Asked video = new Asked(node, "video");
    mail.settings(QueueSettings.newBuilder().setKeepMs(FAR_MS).setDeadKeepMs(FAR_MS));
    long first = mail.enqueue(Asked.spec("kept").setKey("a").setBatch("b"));
    mail.enqueue(Asked.spec("waits").addAfter(first));
    mail.enqueue(Asked.spec("report").addAfterBatches("b"));
    mail.enqueue(Asked.spec("later").setDelayMs(FAR_MS));
    mail.enqueue(
        Asked.spec("dead").setKey("z").setRetry(RetryPolicy.newBuilder().setMaxAttempts(1)));
    mail.enqueue(
        Asked.spec("one").setUniqueKey("u").setUniqueScope(UniqueScope.UNTIL_OVER).setPriority(-1));
    List<LeasedJob> two = mail.fetch(2);
    mail.done(two.get(0));
    mail.fail(two.get(1), "for the log");
    node.call(SealBatchRequest.newBuilder().setQueue("mail").setBatch("b").build(), Batch.class);
    Asked.await("what waited", () -> mail.figures().getBlocked() == 0);
    node.call(
        EnqueueRequest.newBuilder()
            .setQueue("video")
            .setJob(Asked.spec("guarded"))
            .setGuard(Guard.newBuilder().setLock("leader").setToken(3))
            .build(),
        EnqueueResponse.class);
    video.done(video.next());
    long gone = video.enqueue("gone");
    node.call(
        CancelJobRequest.newBuilder().setQueue("video").setJob(gone).build(),
        CancelJobResponse.class);
    video.settings(QueueSettings.newBuilder().setKeyRate(1).setKeyRatePeriodMs(FAR_MS / 1_000));
    video.enqueue(Asked.spec("beaten").setKey("k"));
    video.enqueue(Asked.spec("throttled").setKey("k"));
    LeasedJob beaten = video.next();
    video.report(
        beaten,
        JobReport.newBuilder()
            .setBeat(JobReport.Beat.newBuilder().setLeaseMs(86_400_000).setProgress("half")));
    video.done(beaten.toBuilder().setToken(1).build());
    node.call(
        PutScheduleRequest.newBuilder()
            .setQueue("video")
            .setSchedule("yearly")
            .setCron("0 0 1 1 *")
            .setJob(Asked.spec("s"))
            .build(),
        JobSchedule.class);
    Asked limited = new Asked(node, "limited");
    limited.settings(QueueSettings.newBuilder().setMaxRunningPerKey(1));
    limited.enqueue(Asked.spec("runs").setKey("k"));
    limited.enqueue(Asked.spec("freed").setKey("k"));
    limited.next();
    limited.settings(QueueSettings.newBuilder().setMaxRunningPerKey(2));
    node.call(PauseQueueRequest.newBuilder().setQueue("video").build(), Queue.class);
    new Asked(node, "deleted").enqueue("x");
    node.call(
        DeleteQueueRequest.newBuilder().setQueue("deleted").build(), DeleteQueueResponse.class);
  }
}
