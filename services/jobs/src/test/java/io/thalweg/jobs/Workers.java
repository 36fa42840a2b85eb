package io.thalweg.jobs;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.jobs.v1.CancelJobRequest;
import io.thalweg.jobs.v1.DeleteScheduleRequest;
import io.thalweg.jobs.v1.DeleteScheduleResponse;
import io.thalweg.jobs.v1.EnqueueManyRequest;
import io.thalweg.jobs.v1.EnqueueManyResponse;
import io.thalweg.jobs.v1.EnqueueRequest;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.FetchRequest;
import io.thalweg.jobs.v1.FetchResponse;
import io.thalweg.jobs.v1.GetQueueRequest;
import io.thalweg.jobs.v1.JobReport;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.JobsEnded;
import io.thalweg.jobs.v1.JobsEnqueued;
import io.thalweg.jobs.v1.JobsExtended;
import io.thalweg.jobs.v1.JobsLeased;
import io.thalweg.jobs.v1.JobsReadied;
import io.thalweg.jobs.v1.JobsRemoved;
import io.thalweg.jobs.v1.JobsUnblocked;
import io.thalweg.jobs.v1.KeysFreed;
import io.thalweg.jobs.v1.LeasedJob;
import io.thalweg.jobs.v1.PutScheduleRequest;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueFigures;
import io.thalweg.jobs.v1.QueueSet;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.jobs.v1.QueueTicked;
import io.thalweg.jobs.v1.ReportRequest;
import io.thalweg.jobs.v1.ReportResponse;
import io.thalweg.jobs.v1.RequeueRequest;
import io.thalweg.jobs.v1.RequeueResponse;
import io.thalweg.jobs.v1.RetryPolicy;
import io.thalweg.jobs.v1.SealBatchRequest;
import io.thalweg.jobs.v1.SetQueueRequest;
import io.thalweg.jobs.v1.UniqueScope;
import io.thalweg.log.Batch;
import io.thalweg.log.EventView;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.Failure;
import io.thalweg.testkit.Answered;
import io.thalweg.testkit.Invariant;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.QuietNode;
import io.thalweg.testkit.StoppedNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Clients and workers of queues, who forget nothing: they report of what they were leased, in time,
 * too late and twice. In the end everything is worked off, and the log has to follow the rules that
 * {@link NaiveQueues} knows; what they were told has to be in it.
 */
final class Workers implements Invariant {
  static final List<String> QUEUES = List.of("mail", "video");
  private static final int MAX_ROUNDS = 400;
  private static final long MINUTE_MS = 60_000;
  private static final String SCHEDULE = "each minute";

  private final List<Leased> leased = new ArrayList<>();
  private final Map<String, List<Long>> jobs = new HashMap<>();
  private final Set<Leased> acceptedEnds = new HashSet<>();

  private record Leased(String queue, long job, long token) {}

  // ---------------------------------------------------------------- what is asked

  Message draw(RandomGenerator random) {
    String queue = QUEUES.get(random.nextInt(QUEUES.size()));
    return switch (random.nextInt(18)) {
      case 0, 1, 2 ->
          EnqueueRequest.newBuilder().setQueue(queue).setJob(spec(queue, random)).build();
      case 3 -> {
        EnqueueManyRequest.Builder many = EnqueueManyRequest.newBuilder().setQueue(queue);
        for (int i = 0; i < 1 + random.nextInt(5); i++) {
          JobSpec.Builder spec = spec(queue, random);
          if (i > 0 && random.nextInt(4) == 0) {
            spec.addAfterPlaces(random.nextInt(i));
          }
          many.addJobs(spec);
        }
        yield many.build();
      }
      case 4, 5, 6, 7 ->
          FetchRequest.newBuilder()
              .setQueue(queue)
              .setWorker("w" + random.nextInt(3))
              .setMax(1 + random.nextInt(4))
              .setLeaseMs(20 + random.nextInt(600))
              .setWaitMs(random.nextInt(3) * 50L)
              .build();
      case 8, 9, 10, 11, 12 -> report(queue, random);
      case 13 ->
          CancelJobRequest.newBuilder().setQueue(queue).setJob(anyJob(queue, random)).build();
      case 14 -> RequeueRequest.newBuilder().setQueue(queue).setMax(2).build();
      case 15 -> SetQueueRequest.newBuilder().setQueue(queue).setSettings(limits(random)).build();
      case 16 ->
          random.nextInt(3) == 0
              ? DeleteScheduleRequest.newBuilder().setQueue(queue).setSchedule(SCHEDULE).build()
              : PutScheduleRequest.newBuilder()
                  .setQueue(queue)
                  .setSchedule(SCHEDULE)
                  .setCron("* * * * *")
                  .setMisfireValue(random.nextInt(4))
                  .setJob(JobSpec.newBuilder().setType("s").setKey("k" + random.nextInt(3)))
                  .build();
      default -> SealBatchRequest.newBuilder().setQueue(queue).setBatch("b").build();
    };
  }

  private static QueueSettings.Builder limits(RandomGenerator random) {
    QueueSettings.Builder limits = QueueSettings.newBuilder();
    if (random.nextBoolean()) {
      limits.setMaxRunning(random.nextInt(8));
    }
    if (random.nextBoolean()) {
      limits.setMaxRunningPerKey(random.nextInt(4));
    }
    if (random.nextBoolean()) {
      limits
          .setKeyRate(1 + random.nextInt(20))
          .setKeyRatePeriodMs(1 + random.nextInt(1_000))
          .setKeyBurst(random.nextInt(4));
    }
    return limits;
  }

  private JobSpec.Builder spec(String queue, RandomGenerator random) {
    JobSpec.Builder spec =
        JobSpec.newBuilder()
            .setType("t")
            .setKey("k" + random.nextInt(3))
            .setPriority(random.nextInt(3))
            .setRetry(
                RetryPolicy.newBuilder()
                    .setMaxAttempts(1 + random.nextInt(4))
                    .setFirstDelayMs(1 + random.nextInt(50)));
    switch (random.nextInt(8)) {
      case 0 -> spec.setDelayMs(1 + random.nextInt(800));
      case 1 -> {
        spec.setUniqueKey("u" + random.nextInt(2))
            .setUniqueScope(NaiveQueues.scope(random.nextInt(3)));
        if (spec.getUniqueScope() == UniqueScope.FOR_A_TIME) {
          spec.setUniqueMs(1 + random.nextInt(300));
        }
      }
      case 2 -> {
        if (jobs.containsKey(queue)) {
          spec.addAfter(anyJob(queue, random));
        }
      }
      case 3 -> spec.setKeepMs(1 + random.nextInt(500));
      case 4 -> spec.setBatch("b");
      default -> {}
    }
    return spec;
  }

  private ReportRequest report(String queue, RandomGenerator random) {
    ReportRequest.Builder request = ReportRequest.newBuilder().setQueue(queue);
    List<Leased> mine = leased.stream().filter(one -> one.queue().equals(queue)).toList();
    Set<Long> named = new HashSet<>();
    for (int i = 0; i < 1 + random.nextInt(3); i++) {
      // Mostly the last ones: the others are over.
      Leased one =
          mine.isEmpty()
              ? new Leased(queue, 1, 1)
              : mine.get(
                  random.nextInt(4) == 0
                      ? random.nextInt(mine.size())
                      : Math.max(0, mine.size() - 1 - random.nextInt(4)));
      if (!named.add(one.job())) {
        continue;
      }
      JobReport.Builder report = JobReport.newBuilder().setJob(one.job()).setToken(one.token());
      switch (random.nextInt(6)) {
        case 0 -> report.getFailedBuilder().setError("no").setForGood(random.nextInt(4) == 0);
        case 1 -> report.getBeatBuilder().setLeaseMs(50 + random.nextInt(300));
        case 2 -> report.getGivenBackBuilder();
        default -> report.getDoneBuilder();
      }
      request.addReports(report);
    }
    return request.build();
  }

  private long anyJob(String queue, RandomGenerator random) {
    List<Long> known = jobs.getOrDefault(queue, List.of(1L));
    return known.get(random.nextInt(known.size()));
  }

  // ---------------------------------------------------------------- what is answered

  @Override
  public void answered(Answered answered) {
    if (!(answered.outcome() instanceof Outcome.Replied(Message reply))) {
      return;
    }
    switch (answered.request()) {
      case EnqueueRequest request -> enqueued(request.getQueue(), (EnqueueResponse) reply);
      case EnqueueManyRequest request ->
          ((EnqueueManyResponse) reply)
              .getJobsList()
              .forEach(job -> enqueued(request.getQueue(), job));
      case FetchRequest request -> {
        for (LeasedJob job : ((FetchResponse) reply).getJobsList()) {
          leased.add(new Leased(request.getQueue(), job.getJob(), job.getToken()));
        }
      }
      case ReportRequest request -> reported(request, (ReportResponse) reply);
      default -> {}
    }
  }

  private void enqueued(String queue, EnqueueResponse response) {
    jobs.computeIfAbsent(queue, q -> new ArrayList<>()).add(response.getJob());
  }

  private void reported(ReportRequest request, ReportResponse response) {
    for (int i = 0; i < request.getReportsCount(); i++) {
      JobReport report = request.getReports(i);
      if (response.getVerdicts(i).getAccepted() && !report.hasBeat()) {
        boolean first =
            acceptedEnds.add(new Leased(request.getQueue(), report.getJob(), report.getToken()));
        check(first, "one lease of job %d ended twice".formatted(report.getJob()));
      }
    }
  }

  // ---------------------------------------------------------------- in the end

  @Override
  public void quiet(QuietNode node) {
    // So long that the time of every schedule comes, also of one that was set just now.
    node.sleep(MINUTE_MS + 1_000);
    for (String queue : QUEUES) {
      node.call(SetQueueRequest.newBuilder().setQueue(queue).build(), Queue.class);
      try {
        node.call(
            DeleteScheduleRequest.newBuilder().setQueue(queue).setSchedule(SCHEDULE).build(),
            DeleteScheduleResponse.class);
      } catch (Failure noSchedule) {
        check(noSchedule.code() == Code.NOT_FOUND, noSchedule.toString());
      }
      try {
        node.call(
            SealBatchRequest.newBuilder().setQueue(queue).setBatch("b").build(),
            io.thalweg.jobs.v1.Batch.class);
      } catch (Failure nobodyJoinedIt) {
        check(nobodyJoinedIt.code() == Code.NOT_FOUND, nobodyJoinedIt.toString());
      }
      int rounds = 0;
      while (isBusy(node, queue)) {
        check(
            rounds++ < MAX_ROUNDS,
            "queue " + queue + " is not worked off: " + figures(node, queue));
        FetchResponse fetched =
            node.call(
                FetchRequest.newBuilder().setQueue(queue).setMax(1_000).setLeaseMs(60_000).build(),
                FetchResponse.class);
        ReportRequest.Builder done = ReportRequest.newBuilder().setQueue(queue);
        for (LeasedJob job : fetched.getJobsList()) {
          done.addReports(
              JobReport.newBuilder()
                  .setJob(job.getJob())
                  .setToken(job.getToken())
                  .setDone(JobReport.Done.getDefaultInstance()));
        }
        if (done.getReportsCount() > 0) {
          node.call(done.build(), ReportResponse.class);
        }
        if (figures(node, queue).getDead() > 0) {
          // They hold up those that wait for them.
          node.call(
              RequeueRequest.newBuilder().setQueue(queue).setMax(1_000).build(),
              RequeueResponse.class);
        }
        node.sleep(100);
      }
    }
  }

  private static boolean isBusy(QuietNode node, String queue) {
    QueueFigures figures = figures(node, queue);
    return figures.getReady()
            + figures.getRunning()
            + figures.getScheduled()
            + figures.getBlocked()
            + figures.getDead()
            + figures.getDone()
        > 0;
  }

  private static QueueFigures figures(QuietNode node, String queue) {
    try {
      return node.call(GetQueueRequest.newBuilder().setQueue(queue).build(), Queue.class)
          .getFigures();
    } catch (Failure none) {
      check(none.code() == Code.NOT_FOUND, none.toString());
      return QueueFigures.getDefaultInstance();
    }
  }

  @Override
  public void stopped(StoppedNode node) {
    NaiveQueues naive = new NaiveQueues();
    for (PartitionId id : node.partitions()) {
      try (LogReader reader = node.read(id)) {
        for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
          for (EventView event : batch) {
            see(naive, event, batch.logTimeUs());
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    jobs.forEach((queue, known) ->
        known.forEach(job -> check(naive.isGone(queue, job), "job " + job + " was never done")));
    QUEUES.forEach(queue -> check(naive.jobs(queue).isEmpty(), "something is left in " + queue));
  }

  private static void see(NaiveQueues naive, EventView event, long timeUs) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(event.payload());
    switch (event.type()) {
      case 1 -> naive.see(QueueSet.parseFrom(in));
      case 4 -> naive.see(JobsEnqueued.parseFrom(in), timeUs);
      case 5 -> naive.see(JobsLeased.parseFrom(in), event.offset(), timeUs);
      case 6 -> naive.see(JobsExtended.parseFrom(in));
      case 7 -> naive.see(JobsEnded.parseFrom(in));
      case 8 -> naive.see(JobsReadied.parseFrom(in));
      case 9 -> naive.see(JobsUnblocked.parseFrom(in), timeUs);
      case 10 -> naive.see(JobsRemoved.parseFrom(in));
      case 14 -> naive.see(QueueTicked.parseFrom(in));
      case 18 -> naive.see(KeysFreed.parseFrom(in));
      default -> {}
    }
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
