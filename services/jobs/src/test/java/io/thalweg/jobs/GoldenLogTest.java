package io.thalweg.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.contract.ContractProto;
import io.thalweg.contract.Guard;
import io.thalweg.contract.check.Releases;
import io.thalweg.jobs.v1.Batch;
import io.thalweg.jobs.v1.CancelJobRequest;
import io.thalweg.jobs.v1.CancelJobResponse;
import io.thalweg.jobs.v1.DeleteQueueRequest;
import io.thalweg.jobs.v1.DeleteQueueResponse;
import io.thalweg.jobs.v1.EnqueueRequest;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.Job;
import io.thalweg.jobs.v1.JobReport;
import io.thalweg.jobs.v1.JobSchedule;
import io.thalweg.jobs.v1.LeasedJob;
import io.thalweg.jobs.v1.ListJobsRequest;
import io.thalweg.jobs.v1.ListJobsResponse;
import io.thalweg.jobs.v1.PauseQueueRequest;
import io.thalweg.jobs.v1.PutScheduleRequest;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.jobs.v1.RetryPolicy;
import io.thalweg.jobs.v1.SealBatchRequest;
import io.thalweg.jobs.v1.UniqueScope;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.TableVerifier;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
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
  private static final Releases RELEASES = Releases.of("jobs");
  private static final PartitionId PARTITION = new PartitionId("jobs", 0);
  private static final String SEGMENT = "log/0000000001.segment";
  private static final String LOG = "log.segment.gz";
  private static final String STATE = "state.txt";
  private static final long FAR_MS = 2_592_000_000L;
  private static final Pattern EVENTS = Pattern.compile("digest after (\\d+) events");

  @TempDir Path data;
  @TempDir Path scratch;

  /** Writes the golden log of the present level, once; what is there stays. */
  @BeforeAll
  static void recordTheLogOfThisRelease(@TempDir Path data, @TempDir Path scratch)
      throws IOException {
    int level =
        JobQueues.TYPE
            .contract()
            .getOptions()
            .getExtension(ContractProto.service)
            .getContractLevel();
    Path golden = RELEASES.goldenOf(level);
    if (!Releases.isRecording() || Files.exists(golden)) {
      return;
    }
    try (Node node = open(data)) {
      write(node);
    }
    Files.createDirectories(golden);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(golden.resolve(LOG)))) {
      Files.copy(data.resolve(SEGMENT), out);
    }
    long events;
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      events = log.durableOffset(PARTITION);
    }
    Files.writeString(golden.resolve(STATE), dump(data, scratch, events));
  }

  static List<Integer> levels() {
    return RELEASES.levels();
  }

  @Test
  void everyReleaseHasAGoldenLog() {
    assertThat(RELEASES.levelsWithout(LOG)).as("levels without a golden log").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("levels")
  void aLogOfEveryReleaseReplaysToTheStateThatItHad(int level) throws IOException {
    Path golden = RELEASES.goldenOf(level);
    Files.createDirectories(data.resolve("log"));
    try (InputStream in = new GZIPInputStream(Files.newInputStream(golden.resolve(LOG)))) {
      Files.copy(in, data.resolve(SEGMENT));
    }
    Files.writeString(data.resolve("node.properties"), "format=1\npartitions.jobs=1\n");
    String expected = Files.readString(golden.resolve(STATE));
    Matcher events = EVENTS.matcher(expected);
    assertThat(events.find()).isTrue();
    assertThat(dump(data, scratch.resolve("tables"), Long.parseLong(events.group(1))))
        .isEqualTo(expected);
  }

  /** Opens a node on the log, and says what it answers and what its rows are. */
  private static String dump(Path data, Path scratch, long events) {
    StringBuilder out = new StringBuilder();
    try (Node node = open(data)) {
      for (String queue : List.of("mail", "video")) {
        for (Job job :
            node.call(ListJobsRequest.newBuilder().setQueue(queue).build(), ListJobsResponse.class)
                .getJobsList()) {
          out.append(
              "%s %d %s %s %d%n"
                  .formatted(
                      queue,
                      job.getJob(),
                      job.getSpec().getType(),
                      job.getState(),
                      job.getAttempts()));
        }
      }
    }
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      // Not the log's end: a node of a later version adds its contract when it opens.
      out.append("digest after %d events: ".formatted(events))
          .append(TableVerifier.digest(log, JobQueues.TYPE, PARTITION, 1, events, scratch))
          .append('\n');
    }
    return out.toString();
  }

  private static Node open(Path data) {
    return Thalweg.at(data)
        .service(JobQueues.TYPE)
        .options(
            NodeOptions.defaults()
                .withPartitions(1)
                .withLog(SegmentLogOptions.DEFAULTS.withFirstSegmentBytes(64 << 10)))
        .open();
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
    node.call(PauseQueueRequest.newBuilder().setQueue("video").build(), Queue.class);
    new Asked(node, "deleted").enqueue("x");
    node.call(
        DeleteQueueRequest.newBuilder().setQueue("deleted").build(), DeleteQueueResponse.class);
  }
}
