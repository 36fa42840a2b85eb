package io.thalweg.bench;

import com.google.rpc.Code;
import io.thalweg.jobs.JobQueues;
import io.thalweg.jobs.v1.EnqueueManyRequest;
import io.thalweg.jobs.v1.EnqueueManyResponse;
import io.thalweg.jobs.v1.FetchRequest;
import io.thalweg.jobs.v1.FetchResponse;
import io.thalweg.jobs.v1.JobReport;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.LeasedJob;
import io.thalweg.jobs.v1.ReportRequest;
import io.thalweg.jobs.v1.ReportResponse;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a backlog of scheduled jobs costs: the heap with and without it, how late a job starts when
 * nothing else is due, and how late jobs start when many are. A node within this process; every
 * command is forced to disk.
 *
 * <p>Arguments: data directory, jobs that are scheduled for later, jobs that are due, within how
 * many seconds.
 */
public final class JobsBacklog {
  private static final int BATCH = 1_000;
  private static final int AHEAD = 8;
  private static final long AGAIN_MS = 20;
  private static final int FETCH = 500;
  private static final int WORKERS = 4;
  private static final int IDLE_JOBS = 200;
  private static final long IDLE_DELAY_MS = 30;

  private JobsBacklog() {}

  /** Runs it and prints what it cost. */
  public static void main(String[] args) throws Exception {
    Machine.print(Path.of(args[0]).toAbsolutePath().resolveSibling("."));
    int later = Integer.parseInt(args[1]);
    int due = Integer.parseInt(args[2]);
    int seconds = Integer.parseInt(args[3]);
    try (Node node =
        Thalweg.at(Path.of(args[0]))
            .service(JobQueues.TYPE)
            .options(NodeOptions.defaults().withPartitions(1))
            .open()) {
      idle(node, "nothing else scheduled");
      long before = heapBytes();
      long beganNs = System.nanoTime();
      enqueue(node, later, i -> 3_600_000L + i % 3_600_000L);
      double took = (System.nanoTime() - beganNs) / 1e9;
      long after = heapBytes();
      System.out.printf(
          "%,d jobs scheduled in %.0f s (%,.0f/s); heap in use %,d MB before, %,d MB after%n",
          later, took, later / took, before >> 20, after >> 20);
      System.gc();
      idle(node, "%,d others scheduled".formatted(later));
      late(node, due, seconds);
    }
  }

  /** How late a worker that waits is given a scheduled job when nothing else is due. */
  private static void idle(Node node, String beside) throws InterruptedException {
    double[] lateMs = new double[IDLE_JOBS];
    for (int i = 0; i < IDLE_JOBS; i++) {
      enqueue(node, 1, _ -> IDLE_DELAY_MS);
      FetchResponse fetched = FetchResponse.getDefaultInstance();
      while (fetched.getJobsCount() == 0) {
        fetched = fetch(node, 1);
      }
      lateMs[i] = nowMs() - runMs(fetched.getJobs(0));
      report(node, fetched);
    }
    System.out.printf(
        "idle, %s: a scheduled job starts p50 %.1f ms, p99 %.1f ms after its time%n",
        beside, JobsLoad.quantile(lateMs, 0.5), JobsLoad.quantile(lateMs, 0.99));
  }

  private static FetchResponse fetch(Node node, int most) {
    return node.call(
        FetchRequest.newBuilder().setQueue("backlog").setMax(most).setWaitMs(5_000).build(),
        FetchResponse.class);
  }

  private static void report(Node node, FetchResponse fetched) {
    ReportRequest.Builder report = ReportRequest.newBuilder().setQueue("backlog");
    for (LeasedJob job : fetched.getJobsList()) {
      report.addReports(
          JobReport.newBuilder()
              .setJob(job.getJob())
              .setToken(job.getToken())
              .setDone(JobReport.Done.getDefaultInstance()));
    }
    if (report.getReportsCount() > 0) {
      node.call(report.build(), ReportResponse.class);
    }
  }

  /** When the i-th job is due, in milliseconds from now. */
  private interface Delay {
    long ms(int i);
  }

  /** A request on its way. */
  private record Sent(EnqueueManyRequest request, CompletableFuture<EnqueueManyResponse> answered) {
    static Sent to(Node node, EnqueueManyRequest request) {
      return new Sent(request, node.submit(request, EnqueueManyResponse.class));
    }

    /** Waits for the answer; sends it again for as long as the node says to come again later. */
    void await(Node node) throws InterruptedException {
      CompletableFuture<EnqueueManyResponse> answer = answered;
      while (true) {
        try {
          answer.join();
          return;
        } catch (CompletionException e) {
          if (!(e.getCause() instanceof Failure failure)
              || failure.code() != Code.RESOURCE_EXHAUSTED) {
            throw e;
          }
        }
        Thread.sleep(AGAIN_MS);
        answer = node.submit(request, EnqueueManyResponse.class);
      }
    }
  }

  private static void enqueue(Node node, int count, Delay delay) throws InterruptedException {
    Deque<Sent> ahead = new ArrayDeque<>();
    for (int sent = 0; sent < count; sent += BATCH) {
      EnqueueManyRequest.Builder many = EnqueueManyRequest.newBuilder().setQueue("backlog");
      for (int i = sent; i < Math.min(count, sent + BATCH); i++) {
        many.addJobs(
            JobSpec.newBuilder()
                .setType("noop")
                .setKey("k" + i % 100)
                .setDelayMs(Math.max(1, delay.ms(i))));
      }
      ahead.add(Sent.to(node, many.build()));
      while (ahead.size() >= AHEAD) {
        ahead.removeFirst().await(node);
      }
    }
    for (Sent sent : ahead) {
      sent.await(node);
    }
  }

  private static void late(Node node, int due, int seconds) throws InterruptedException {
    long spanMs = TimeUnit.SECONDS.toMillis(seconds);
    // All are enqueued before the first is due.
    long headMs = 1_000L + due / 10;
    long beganMs = System.currentTimeMillis();
    enqueue(node, due, i -> beganMs + headMs + i * spanMs / due - System.currentTimeMillis());
    double[] lateMs = new double[due];
    AtomicInteger done = new AtomicInteger();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      workers.add(
          Thread.ofVirtual()
              .start(() -> {
                while (done.get() < due) {
                  FetchResponse fetched = fetch(node, FETCH);
                  double nowMs = nowMs();
                  for (LeasedJob job : fetched.getJobsList()) {
                    lateMs[done.getAndIncrement()] = nowMs - runMs(job);
                  }
                  report(node, fetched);
                }
              }));
    }
    for (Thread worker : workers) {
      worker.join();
    }
    System.out.printf(
        "%,d jobs due within %d s, %d workers: started p50 %.0f ms, p99 %.0f ms after their time%n",
        due, seconds, WORKERS, JobsLoad.quantile(lateMs, 0.5), JobsLoad.quantile(lateMs, 0.99));
  }

  private static double runMs(LeasedJob job) {
    return job.getRunTime().getSeconds() * 1e3 + job.getRunTime().getNanos() / 1e6;
  }

  private static double nowMs() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1e3 + now.getNano() / 1e6;
  }

  private static long heapBytes() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(200);
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
