package io.thalweg.bench;

import com.google.protobuf.ByteString;
import io.thalweg.client.ServiceMethod;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.jobs.Enqueuer;
import io.thalweg.client.jobs.Worker;
import io.thalweg.jobs.v1.EnqueueManyRequest;
import io.thalweg.jobs.v1.EnqueueManyResponse;
import io.thalweg.jobs.v1.EnqueueRequest;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.FetchRequest;
import io.thalweg.jobs.v1.FetchResponse;
import io.thalweg.jobs.v1.JobReport;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.JobsProto;
import io.thalweg.jobs.v1.LeasedJob;
import io.thalweg.jobs.v1.ReportRequest;
import io.thalweg.jobs.v1.ReportResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Producers and workers of one queue over gRPC: {@link Way#CALLS}, a request for each job at every
 * step; {@link Way#SINGLE}, a job a call of the client's {@link Enqueuer} and {@link Worker}, which
 * put together what waits; {@link Way#BATCHED}, many jobs a request.
 */
final class JobsLoad {
  /** How jobs are enqueued and worked off. */
  enum Way {
    CALLS,
    SINGLE,
    BATCHED
  }

  static final int CLIENTS = 50;
  static final int BATCH = 1_000;
  private static final int FETCH = 500;
  private static final int BATCH_WORKERS = 4;

  static final ServiceMethod<EnqueueRequest, EnqueueResponse> ENQUEUE =
      method("Enqueue", EnqueueRequest.getDefaultInstance(), EnqueueResponse.getDefaultInstance());
  static final ServiceMethod<EnqueueManyRequest, EnqueueManyResponse> ENQUEUE_MANY =
      method(
          "EnqueueMany",
          EnqueueManyRequest.getDefaultInstance(),
          EnqueueManyResponse.getDefaultInstance());
  private static final ServiceMethod<FetchRequest, FetchResponse> FETCH_METHOD =
      method("Fetch", FetchRequest.getDefaultInstance(), FetchResponse.getDefaultInstance());
  private static final ServiceMethod<ReportRequest, ReportResponse> REPORT =
      method("Report", ReportRequest.getDefaultInstance(), ReportResponse.getDefaultInstance());

  private final ThalwegClient client;
  private final String queue;

  JobsLoad(ThalwegClient client, String queue) {
    this.client = client;
    this.queue = queue;
  }

  private static <Q extends com.google.protobuf.Message, R extends com.google.protobuf.Message>
      ServiceMethod<Q, R> method(String name, Q request, R reply) {
    return ServiceMethod.of(
            JobsProto.getDescriptor().findServiceByName("Jobs"), name, request, reply)
        .sentOnce();
  }

  void enqueue(JobSpec spec) {
    client.call(ENQUEUE, EnqueueRequest.newBuilder().setQueue(queue).setJob(spec).build()).await();
  }

  void enqueueMany(JobSpec spec, int count) {
    for (int sent = 0; sent < count; sent += BATCH) {
      EnqueueManyRequest.Builder many = EnqueueManyRequest.newBuilder().setQueue(queue);
      for (int i = 0; i < Math.min(BATCH, count - sent); i++) {
        many.addJobs(spec);
      }
      client.call(ENQUEUE_MANY, many.build()).await();
    }
  }

  /** Enqueues from {@link #CLIENTS} threads, or in batches from one. */
  void produce(JobSpec spec, int count, Way way) throws InterruptedException {
    switch (way) {
      case BATCHED -> enqueueMany(spec, count);
      case CALLS -> fromThreads(count, () -> enqueue(spec));
      case SINGLE -> {
        try (Enqueuer enqueuer = Enqueuer.of(client, queue)) {
          fromThreads(count, () -> enqueuer.enqueue(spec).join());
        }
      }
    }
  }

  private interface Call {
    void make() throws InterruptedException;
  }

  private static void fromThreads(int count, Call call) throws InterruptedException {
    AtomicInteger left = new AtomicInteger(count);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (left.getAndDecrement() > 0) {
                    call.make();
                  }
                } catch (InterruptedException stopped) {
                  Thread.currentThread().interrupt();
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** Workers that do nothing but tell of each job, until they are closed. */
  AutoCloseable work(Way way, Consumer<JobSpec> heard) {
    if (way == Way.SINGLE) {
      return Worker.of(client, queue)
          .handleOthers(job -> {
            heard.accept(job.spec());
            return ByteString.EMPTY;
          })
          .concurrency(CLIENTS)
          .start();
    }
    boolean batched = way == Way.BATCHED;
    AtomicBoolean enough = new AtomicBoolean();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < (batched ? BATCH_WORKERS : CLIENTS); i++) {
      workers.add(
          Thread.ofVirtual()
              .start(() -> {
                while (!enough.get()) {
                  step(batched ? FETCH : 1, heard);
                }
              }));
    }
    return () -> {
      enough.set(true);
      for (Thread worker : workers) {
        worker.join();
      }
    };
  }

  private void step(int max, Consumer<JobSpec> heard) {
    FetchResponse fetched =
        client
            .call(
                FETCH_METHOD,
                FetchRequest.newBuilder().setQueue(queue).setMax(max).setWaitMs(500).build())
            .await();
    if (fetched.getJobsCount() == 0) {
      return;
    }
    ReportRequest.Builder done = ReportRequest.newBuilder().setQueue(queue);
    for (LeasedJob job : fetched.getJobsList()) {
      heard.accept(job.getSpec());
      done.addReports(
          JobReport.newBuilder()
              .setJob(job.getJob())
              .setToken(job.getToken())
              .setDone(JobReport.Done.getDefaultInstance()));
    }
    client.call(REPORT, done.build()).await();
  }

  static double quantile(double[] values, double q) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[Math.min(sorted.length - 1, (int) (q * sorted.length))];
  }
}
