package io.thalweg.jobs;

import com.google.protobuf.Message;
import io.thalweg.jobs.v1.EnqueueRequest;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.FetchRequest;
import io.thalweg.jobs.v1.FetchResponse;
import io.thalweg.jobs.v1.GetJobRequest;
import io.thalweg.jobs.v1.GetQueueRequest;
import io.thalweg.jobs.v1.Job;
import io.thalweg.jobs.v1.JobReport;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.LeasedJob;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueFigures;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.jobs.v1.ReportRequest;
import io.thalweg.jobs.v1.ReportResponse;
import io.thalweg.jobs.v1.SetQueueRequest;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.testkit.TestEngine;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What tests ask of one queue of a node. */
record Asked(Node node, String queue) {
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(90);
  private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(2);

  static Node open(Path data) {
    return TestEngine.at(data)
        .service(JobQueues.TYPE)
        .options(NodeOptions.defaults().withPartitions(1))
        .open();
  }

  static JobSpec.Builder spec(String type) {
    return JobSpec.newBuilder().setType(type);
  }

  long enqueue(JobSpec.Builder spec) {
    return answer(spec).getJob();
  }

  long enqueue(String type) {
    return enqueue(spec(type));
  }

  EnqueueResponse answer(JobSpec.Builder spec) {
    return node.call(
        EnqueueRequest.newBuilder().setQueue(queue).setJob(spec).build(), EnqueueResponse.class);
  }

  FetchRequest fetching(int max, long waitMs) {
    return FetchRequest.newBuilder()
        .setQueue(queue)
        .setWorker("w")
        .setMax(max)
        .setWaitMs(waitMs)
        .setLeaseMs(TimeUnit.HOURS.toMillis(1))
        .build();
  }

  List<LeasedJob> fetch(int max) {
    return node.call(fetching(max, 0), FetchResponse.class).getJobsList();
  }

  /** Waits for a job. */
  LeasedJob next() {
    while (true) {
      List<LeasedJob> jobs = node.call(fetching(1, 20_000), FetchResponse.class).getJobsList();
      if (!jobs.isEmpty()) {
        return jobs.getFirst();
      }
    }
  }

  boolean report(LeasedJob job, JobReport.Builder what) {
    return node.call(
            ReportRequest.newBuilder()
                .setQueue(queue)
                .addReports(what.setJob(job.getJob()).setToken(job.getToken()))
                .build(),
            ReportResponse.class)
        .getVerdicts(0)
        .getAccepted();
  }

  boolean done(LeasedJob job) {
    return report(job, JobReport.newBuilder().setDone(JobReport.Done.getDefaultInstance()));
  }

  boolean fail(LeasedJob job, String error) {
    return report(
        job, JobReport.newBuilder().setFailed(JobReport.Failed.newBuilder().setError(error)));
  }

  Job get(long job) {
    return node.call(GetJobRequest.newBuilder().setQueue(queue).setJob(job).build(), Job.class);
  }

  QueueFigures figures() {
    return node.call(GetQueueRequest.newBuilder().setQueue(queue).build(), Queue.class)
        .getFigures();
  }

  void settings(QueueSettings.Builder settings) {
    call(SetQueueRequest.newBuilder().setQueue(queue).setSettings(settings).build(), Queue.class);
  }

  <R extends Message> R call(Message request, Class<R> reply) {
    return node.call(request, reply);
  }

  static void await(String what, BooleanSupplier condition) {
    long beganNs = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - beganNs > PATIENCE_NS) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(POLL_NS);
    }
  }
}
