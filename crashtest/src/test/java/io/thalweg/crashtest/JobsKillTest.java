package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.client.CallSettings;
import io.thalweg.client.ServiceMethod;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.jobs.v1.EnqueueManyRequest;
import io.thalweg.jobs.v1.EnqueueManyResponse;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.GetQueueRequest;
import io.thalweg.jobs.v1.Job;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.JobsProto;
import io.thalweg.jobs.v1.ListJobsRequest;
import io.thalweg.jobs.v1.ListJobsResponse;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueFigures;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.jobs.v1.SetQueueRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every job that was enqueued is begun at least once and done once, with one result, whenever the
 * node and the workers are killed.
 *
 * <pre>
 *   crash.jobs.kills    of the node, and as many of workers; default 2
 *   crash.jobs.seed     when they are killed; default 1
 * </pre>
 */
final class JobsKillTest {
  private static final int KILLS = Integer.getInteger("crash.jobs.kills", 2);
  private static final long SEED = Long.getLong("crash.jobs.seed", 1);
  private static final int WORKERS = 2;
  private static final int PRODUCERS = 2;
  private static final int BATCH = 10;
  private static final long PAUSE_MS = 20;
  private static final long KEPT_MS = TimeUnit.DAYS.toMillis(1);
  private static final long LIMIT_MS = TimeUnit.MINUTES.toMillis(5);
  private static final String QUEUE = "work";

  private static final ServiceMethod<EnqueueManyRequest, EnqueueManyResponse> ENQUEUE =
      method(
          "EnqueueMany",
          EnqueueManyRequest.getDefaultInstance(),
          EnqueueManyResponse.getDefaultInstance());
  private static final ServiceMethod<SetQueueRequest, Queue> SET_QUEUE =
      method("SetQueue", SetQueueRequest.getDefaultInstance(), Queue.getDefaultInstance());
  private static final ServiceMethod<GetQueueRequest, Queue> GET_QUEUE =
      method("GetQueue", GetQueueRequest.getDefaultInstance(), Queue.getDefaultInstance());
  private static final ServiceMethod<ListJobsRequest, ListJobsResponse> LIST_JOBS =
      method(
          "ListJobs", ListJobsRequest.getDefaultInstance(), ListJobsResponse.getDefaultInstance());

  private final Set<Long> enqueued = ConcurrentHashMap.newKeySet();
  private final AtomicInteger labels = new AtomicInteger();
  private final AtomicBoolean enough = new AtomicBoolean();
  private final List<Process> workers = new ArrayList<>();
  private int files;

  private static <Q extends Message, R extends Message> ServiceMethod<Q, R> method(
      String name, Q request, R reply) {
    return ServiceMethod.of(
        JobsProto.getDescriptor().findServiceByName("Jobs"), name, request, reply);
  }

  @Test
  @Timeout(value = 6, unit = TimeUnit.HOURS)
  void everyJobIsBegunAndDoneOnceOverKillsOfNodeAndWorkers() throws Exception {
    Path folder = Folder.fresh(Settings.folder("jobs"));
    Path data = folder.resolve("data");
    Random random = new Random(SEED);
    List<Thread> producers = new ArrayList<>();
    try (Wire address = Wire.toNobody();
        ThalwegClient client = open(address.url())) {
      for (int kill = 0; kill < KILLS; kill++) {
        NodeProcess.Started started = NodeProcess.up(folder, data);
        try (NodeProcess node = started.node()) {
          address.to(started.url());
          if (kill == 0) {
            keepResults(client);
            for (int i = 0; i < PRODUCERS; i++) {
              producers.add(Thread.ofVirtual().start(() -> produce(client)));
            }
            for (int i = 0; i < WORKERS; i++) {
              workers.add(worker(address.url(), folder));
            }
          }
          long done = figures(client).getTotalDone();
          await(client, "jobs were done", now -> now.getTotalDone() > done + random.nextInt(60));
          replace(random.nextInt(WORKERS), address.url(), folder);
          await(client, "more jobs were done", now -> now.getTotalDone() > done + 100);
          node.kill();
        }
      }
      NodeProcess.Started last = NodeProcess.up(folder, data);
      try (NodeProcess node = last.node()) {
        address.to(last.url());
        enough.set(true);
        for (Thread producer : producers) {
          producer.join();
        }
        await(client, "all jobs were done", now -> now.getTotalDone() >= enqueued.size());
        check(client, folder);
        node.kill();
      }
    } finally {
      enough.set(true);
      workers.forEach(Process::destroyForcibly);
    }
    System.out.printf("crashtest: seed %d, %d jobs over %d kills%n", SEED, enqueued.size(), KILLS);
    Folder.delete(folder);
  }

  /** With limits that a loaded machine keeps. */
  private static ThalwegClient open(String url) {
    return ThalwegClient.at(url)
        .timeout(Duration.ofMinutes(2))
        .connectTimeout(Duration.ofMinutes(1))
        .open();
  }

  private static void keepResults(ThalwegClient client) {
    client
        .call(
            SET_QUEUE,
            SetQueueRequest.newBuilder()
                .setQueue(QUEUE)
                .setSettings(QueueSettings.newBuilder().setKeepMs(KEPT_MS))
                .build())
        .await();
  }

  /** Enqueues under names, so that each batch is there once whatever answer was lost. */
  private void produce(ThalwegClient client) {
    while (!enough.get()) {
      EnqueueManyRequest.Builder many = EnqueueManyRequest.newBuilder().setQueue(QUEUE);
      for (int i = 0; i < BATCH; i++) {
        many.addJobs(JobSpec.newBuilder().setType("t").setLabel("job-" + labels.incrementAndGet()));
      }
      try {
        enqueue(client, many.build());
        Thread.sleep(PAUSE_MS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void enqueue(ThalwegClient client, EnqueueManyRequest request)
      throws InterruptedException {
    CallSettings named = CallSettings.none().withName(request.getJobs(0).getLabel());
    while (true) {
      try {
        client.call(ENQUEUE, request, named).await().getJobsList().stream()
            .map(EnqueueResponse::getJob)
            .forEach(enqueued::add);
        return;
      } catch (ThalwegException noNode) {
        // The client has given up; whether it was executed shows by its name.
        Thread.sleep(PAUSE_MS);
      }
    }
  }

  // ---------------------------------------------------------------- workers

  private Process worker(String url, Path folder) throws IOException {
    Path begun = folder.resolve("begun-" + files);
    Path output = folder.resolve("worker-" + files++ + ".output");
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            WorkerProgram.class.getName(),
            url,
            QUEUE,
            begun.toString())
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  /** SIGKILL for one worker, and another one in its place. */
  private void replace(int number, String url, Path folder)
      throws IOException, InterruptedException {
    Process killed = workers.get(number);
    killed.destroyForcibly().waitFor();
    workers.set(number, worker(url, folder));
  }

  // ---------------------------------------------------------------- what is so in the end

  private interface Condition {
    boolean holds(QueueFigures figures);
  }

  private static QueueFigures figures(ThalwegClient client) {
    return client
        .call(GET_QUEUE, GetQueueRequest.newBuilder().setQueue(QUEUE).build())
        .await()
        .getFigures();
  }

  private static void await(ThalwegClient client, String what, Condition condition)
      throws InterruptedException {
    long startNs = System.nanoTime();
    QueueFigures figures = figures(client);
    while (!condition.holds(figures)) {
      if (TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs) > LIMIT_MS) {
        throw new AssertionError(
            "waited in vain until %s; seed %d: %s".formatted(what, SEED, figures));
      }
      Thread.sleep(20);
      try {
        figures = figures(client);
      } catch (ThalwegException noNode) {
        // It is started again.
      }
    }
  }

  private void check(ThalwegClient client, Path folder) throws IOException {
    QueueFigures figures = figures(client);
    assertThat(figures.getTotalEnqueued()).isEqualTo(enqueued.size());
    assertThat(figures.getTotalDone()).isEqualTo(enqueued.size());
    assertThat(figures.getTotalDied()).isZero();
    Set<String> begun = new HashSet<>();
    for (int file = 0; file < files; file++) {
      Path lines = folder.resolve("begun-" + file);
      if (Files.exists(lines)) {
        begun.addAll(Files.readAllLines(lines));
      }
    }
    Set<Long> seen = new HashSet<>();
    long after = 0;
    do {
      ListJobsResponse page =
          client
              .call(
                  LIST_JOBS,
                  ListJobsRequest.newBuilder()
                      .setQueue(QUEUE)
                      .setPageSize(1_000)
                      .setAfterJob(after)
                      .build())
              .await();
      for (Job job : page.getJobsList()) {
        assertThat(job.getState()).as("job %s", job).isEqualTo(JobState.DONE);
        // The result is of the lease that counted, and that one was begun.
        assertThat(job.getResult().toStringUtf8())
            .isEqualTo(job.getSpec().getLabel() + " " + job.getToken() + "\n");
        assertThat(begun).contains(job.getResult().toStringUtf8().strip());
        seen.add(job.getJob());
      }
      after = page.getNextAfterJob();
    } while (after != 0);
    assertThat(seen).isEqualTo(enqueued);
  }
}
