package io.thalweg.client.jobs;

import com.google.protobuf.ByteString;
import io.thalweg.client.CallSettings;
import io.thalweg.client.ServiceMethod;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.jobs.v1.FetchRequest;
import io.thalweg.jobs.v1.FetchResponse;
import io.thalweg.jobs.v1.JobReport;
import io.thalweg.jobs.v1.JobsProto;
import io.thalweg.jobs.v1.LeasedJob;
import io.thalweg.jobs.v1.ReportRequest;
import io.thalweg.jobs.v1.ReportResponse;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Works off the jobs of one queue: fetches as many as it has room for, runs each on a virtual
 * thread, extends their leases while they run, and reports how they ended.
 *
 * <pre>{@code
 * try (Worker worker =
 *     Worker.of(client, "mail")
 *         .handle("welcome", job -> { send(job.spec().getPayload()); return ByteString.EMPTY; })
 *         .concurrency(50)
 *         .start()) {
 *   ...
 * }
 * }</pre>
 *
 * <p>A job runs at least once. Its report counts once: it bears the token of the lease. When the
 * server is away, or refuses for a while, the worker tries again with growing pauses.
 *
 * <p>Closing it drains: nothing more is fetched, what runs may end, and what was fetched and not
 * begun is given back.
 */
public final class Worker implements AutoCloseable {
  private static final long WAIT_MS = 5_000;
  private static final Duration FETCH_TIMEOUT = Duration.ofSeconds(20);
  private static final long FIRST_PAUSE_MS = 20;
  private static final long MAX_PAUSE_MS = 2_000;
  private static final int MAX_ERROR_CHARS = 4_000;
  private static final Duration INTERRUPTED = Duration.ofSeconds(5);

  private static final ServiceMethod<FetchRequest, FetchResponse> FETCH =
      method("Fetch", FetchRequest.getDefaultInstance(), FetchResponse.getDefaultInstance());
  private static final ServiceMethod<ReportRequest, ReportResponse> REPORT =
      method("Report", ReportRequest.getDefaultInstance(), ReportResponse.getDefaultInstance());

  private final WorkerBuilder options;
  private final ThalwegClient client;
  private final Semaphore room;
  private final Reporter reporter;
  private final Map<Long, RunningJob> running = new ConcurrentHashMap<>();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final Thread fetching = Thread.ofVirtual().unstarted(this::fetch);
  private final Thread beating = Thread.ofVirtual().unstarted(this::beat);
  private final Thread reporting;

  Worker(WorkerBuilder options) {
    this.options = options;
    client = options.client;
    room = new Semaphore(options.concurrency);
    reporter = new Reporter(client, options.queue, REPORT);
    reporting = Thread.ofVirtual().unstarted(reporter::run);
  }

  /** A worker of a queue, to be described and started. */
  public static WorkerBuilder of(ThalwegClient client, String queue) {
    return new WorkerBuilder(client, queue);
  }

  private static <Q extends com.google.protobuf.Message, R extends com.google.protobuf.Message>
      ServiceMethod<Q, R> method(String name, Q request, R reply) {
    // Without names: the server remembers a bounded number of them, and jobs are many.
    return ServiceMethod.of(
            JobsProto.getDescriptor().findServiceByName("Jobs"), name, request, reply)
        .sentOnce();
  }

  void begin() {
    reporting.start();
    beating.start();
    fetching.start();
  }

  /** The jobs that run now. */
  public Collection<RunningJob> running() {
    return List.copyOf(running.values());
  }

  // ---------------------------------------------------------------- fetching

  private void fetch() {
    long pauseMs = FIRST_PAUSE_MS;
    try {
      while (!closing.get()) {
        room.acquire();
        if (closing.get()) {
          room.release();
          break;
        }
        int free = 1 + room.drainPermits();
        List<LeasedJob> jobs = List.of();
        try {
          jobs =
              client
                  .call(FETCH, fetching(free), CallSettings.none().withTimeout(FETCH_TIMEOUT))
                  .await()
                  .getJobsList();
          pauseMs = FIRST_PAUSE_MS;
        } catch (ThalwegException refused) {
          if (!closing.get()) {
            Thread.sleep(pauseMs);
          }
          pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS);
        } finally {
          room.release(free - jobs.size());
        }
        jobs.forEach(this::take);
      }
    } catch (InterruptedException e) {
      // The worker does not wait any longer.
      Thread.currentThread().interrupt();
    }
  }

  private FetchRequest fetching(int max) {
    return FetchRequest.newBuilder()
        .setQueue(options.queue)
        .setWorker(options.name)
        .setMax(closing.get() ? 1 : max)
        .setLeaseMs(options.lease.toMillis())
        .setWaitMs(WAIT_MS)
        .build();
  }

  private void take(LeasedJob leased) {
    RunningJob job = new RunningJob(leased);
    if (closing.get()) {
      var _ =
          reporter
              .send(report(job).setGivenBack(JobReport.GivenBack.getDefaultInstance()).build())
              .whenComplete((accepted, problem) -> room.release());
      return;
    }
    running.put(leased.getJob(), job);
    var _ = Thread.ofVirtual().name("job-" + leased.getJob()).start(() -> run(job));
  }

  // ---------------------------------------------------------------- running

  private void run(RunningJob job) {
    job.began(Thread.currentThread());
    JobReport.Builder report = report(job);
    try {
      JobHandler handler = options.handlers.getOrDefault(job.spec().getType(), options.others);
      if (handler == null) {
        throw new IllegalStateException("nobody here does jobs of type " + job.spec().getType());
      }
      ByteString result = handler.run(job);
      report.getDoneBuilder().setResult(result);
    } catch (Throwable failure) {
      report.getFailedBuilder().setError(text(failure));
    }
    var _ =
        reporter
            .send(report.build())
            .whenComplete((accepted, problem) -> {
              running.remove(job.job(), job);
              room.release();
            });
  }

  private static JobReport.Builder report(RunningJob job) {
    return JobReport.newBuilder().setJob(job.job()).setToken(job.token());
  }

  private static String text(Throwable failure) {
    String text = failure.toString();
    return text.length() <= MAX_ERROR_CHARS ? text : text.substring(0, MAX_ERROR_CHARS);
  }

  // ---------------------------------------------------------------- heartbeats

  private void beat() {
    try {
      while (true) {
        Thread.sleep(options.lease.toMillis() / 3);
        List<RunningJob> held = List.copyOf(running.values());
        if (!held.isEmpty()) {
          beat(held);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void beat(List<RunningJob> held) {
    ReportRequest.Builder request = ReportRequest.newBuilder().setQueue(options.queue);
    for (RunningJob job : held) {
      request.addReports(
          report(job)
              .setBeat(
                  JobReport.Beat.newBuilder()
                      .setLeaseMs(options.lease.toMillis())
                      .setProgress(job.progress())));
    }
    try {
      ReportResponse response = client.call(REPORT, request.build()).await();
      for (int i = 0; i < held.size(); i++) {
        // One that has just ended is over too, and not lost.
        if (!response.getVerdicts(i).getAccepted() && running.containsKey(held.get(i).job())) {
          held.get(i).lost();
        }
      }
    } catch (ThalwegException away) {
      // The next one comes soon; if none arrives in time the leases are over, as they should be.
    }
  }

  // ---------------------------------------------------------------- closing

  /**
   * Fetches nothing more and waits until what runs has ended and was reported, for as long as was
   * set; then interrupts it.
   */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    try {
      // The last fetch may bring jobs; it waits for a few seconds at the most.
      if (!fetching.join(FETCH_TIMEOUT)) {
        fetching.interrupt();
      }
      if (!isDrained(options.drain)) {
        running.values().forEach(RunningJob::interrupt);
        isDrained(INTERRUPTED);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      fetching.interrupt();
      beating.interrupt();
      reporting.interrupt();
    }
  }

  private boolean isDrained(Duration patience) throws InterruptedException {
    boolean drained =
        room.tryAcquire(options.concurrency, patience.toMillis(), TimeUnit.MILLISECONDS);
    if (drained) {
      room.release(options.concurrency);
    }
    return drained;
  }
}
