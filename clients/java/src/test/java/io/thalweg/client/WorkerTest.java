package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.thalweg.client.jobs.RunningJob;
import io.thalweg.client.jobs.Worker;
import io.thalweg.jobs.v1.CancelJobRequest;
import io.thalweg.jobs.v1.CancelJobResponse;
import io.thalweg.jobs.v1.EnqueueManyRequest;
import io.thalweg.jobs.v1.EnqueueManyResponse;
import io.thalweg.jobs.v1.EnqueueRequest;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.GetJobRequest;
import io.thalweg.jobs.v1.GetQueueRequest;
import io.thalweg.jobs.v1.Job;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.JobsProto;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueFigures;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Workers of a real server: what they run, and how they end. */
class WorkerTest {
  private static final AtomicInteger QUEUES = new AtomicInteger();
  private static final ServiceMethod<EnqueueManyRequest, EnqueueManyResponse> ENQUEUE_MANY =
      method(
          "EnqueueMany",
          EnqueueManyRequest.getDefaultInstance(),
          EnqueueManyResponse.getDefaultInstance());
  private static final ServiceMethod<EnqueueRequest, EnqueueResponse> ENQUEUE =
      method("Enqueue", EnqueueRequest.getDefaultInstance(), EnqueueResponse.getDefaultInstance());
  private static final ServiceMethod<CancelJobRequest, CancelJobResponse> CANCEL =
      method(
          "CancelJob",
          CancelJobRequest.getDefaultInstance(),
          CancelJobResponse.getDefaultInstance());
  private static final ServiceMethod<GetQueueRequest, Queue> GET_QUEUE =
      method("GetQueue", GetQueueRequest.getDefaultInstance(), Queue.getDefaultInstance());

  private static final ServiceMethod<GetJobRequest, Job> GET_JOB =
      method("GetJob", GetJobRequest.getDefaultInstance(), Job.getDefaultInstance());

  private static LiveServer server;

  private final String queue = "q" + QUEUES.incrementAndGet();

  @BeforeAll
  static void start() {
    server = new LiveServer();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static <Q extends com.google.protobuf.Message, R extends com.google.protobuf.Message>
      ServiceMethod<Q, R> method(String name, Q request, R reply) {
    return ServiceMethod.of(
        JobsProto.getDescriptor().findServiceByName("Jobs"), name, request, reply);
  }

  private static ThalwegClient client() {
    return ThalwegClient.at(server.url()).timeout(Duration.ofSeconds(60)).open();
  }

  private long enqueue(ThalwegClient client) {
    return client
        .call(
            ENQUEUE,
            EnqueueRequest.newBuilder()
                .setQueue(queue)
                .setJob(JobSpec.newBuilder().setType("t"))
                .build())
        .await()
        .getJob();
  }

  private void enqueue(ThalwegClient client, int count) {
    EnqueueManyRequest.Builder request = EnqueueManyRequest.newBuilder().setQueue(queue);
    for (int i = 0; i < count; i++) {
      request.addJobs(JobSpec.newBuilder().setType("t"));
    }
    client.call(ENQUEUE_MANY, request.build()).await();
  }

  private QueueFigures figures(ThalwegClient client) {
    return client
        .call(GET_QUEUE, GetQueueRequest.newBuilder().setQueue(queue).build())
        .await()
        .getFigures();
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long beganNs = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - beganNs > TimeUnit.SECONDS.toNanos(120)) {
        throw new AssertionError("waited in vain for " + what);
      }
      Thread.sleep(5);
    }
  }

  @Test
  void everyJobIsRunAndCountedOnceThroughARestartOfTheServer() throws Exception {
    Map<Long, Integer> runs = new ConcurrentHashMap<>();
    AtomicInteger atOnce = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (ThalwegClient client = client()) {
      enqueue(client, 300);
      try (Worker worker =
          Worker.of(client, queue)
              .concurrency(8)
              .lease(Duration.ofSeconds(2))
              .handle(
                  "t",
                  job -> {
                    most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                    runs.merge(job.job(), 1, Integer::sum);
                    Thread.sleep(2);
                    atOnce.decrementAndGet();
                    return ByteString.EMPTY;
                  })
              .start()) {
        await("some jobs", () -> runs.size() > 50);
        server.restart();
        await("all jobs", () -> figures(client).getTotalDone() == 300);
        assertThat(worker.running()).hasSizeLessThanOrEqualTo(8);
      }
      assertThat(runs).hasSize(300);
      assertThat(most).hasValueLessThanOrEqualTo(8);
      assertThat(figures(client).getTotalDone()).isEqualTo(300);
      assertThat(figures(client).getRunning()).isZero();
    }
  }

  @Test
  void closingLetsWhatRunsEndAndReportsIt() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    try (ThalwegClient client = client()) {
      enqueue(client);
      Worker worker =
          Worker.of(client, queue)
              .handle(
                  "t",
                  job -> {
                    began.countDown();
                    mayEnd.await();
                    return ByteString.EMPTY;
                  })
              .start();
      assertThat(began.await(60, TimeUnit.SECONDS)).isTrue();
      Thread closing = Thread.ofVirtual().start(worker::close);
      mayEnd.countDown();
      closing.join();
      assertThat(figures(client).getTotalDone()).isEqualTo(1);
    }
  }

  @Test
  void aJobThatTakesLongerThanItsLeaseKeepsItByHeartbeats() throws Exception {
    CountDownLatch mayEnd = new CountDownLatch(1);
    try (ThalwegClient client = client()) {
      final long id = enqueue(client);
      try (Worker worker =
          Worker.of(client, queue)
              .lease(Duration.ofSeconds(3))
              .handle(
                  "t",
                  job -> {
                    job.progress("half");
                    mayEnd.await();
                    return ByteString.EMPTY;
                  })
              .start()) {
        // Twice extended: it would be over by now. On a machine that stands still for as long as a
        // lease it is lost and begun again, and what is awaited comes then.
        await("heartbeats", () -> leaseMs(client, id) > 4_500);
        assertThat(worker.running()).hasSize(1);
        mayEnd.countDown();
        await("the job", () -> figures(client).getTotalDone() == 1);
      }
    }
  }

  /** From the start of the attempt that runs, and its progress was heard of, to the lease's end. */
  private long leaseMs(ThalwegClient client, long id) {
    Job job =
        client.call(GET_JOB, GetJobRequest.newBuilder().setQueue(queue).setJob(id).build()).await();
    return job.getState() == JobState.RUNNING && job.getProgress().equals("half")
        ? ms(job.getLeaseExpireTime()) - ms(job.getStartTime())
        : 0;
  }

  private static long ms(Timestamp time) {
    return TimeUnit.SECONDS.toMillis(time.getSeconds()) + time.getNanos() / 1_000_000;
  }

  @Test
  void whoWorksOnAJobThatIsCancelledIsInterrupted() throws Exception {
    AtomicReference<RunningJob> interrupted = new AtomicReference<>();
    CountDownLatch began = new CountDownLatch(1);
    try (ThalwegClient client = client()) {
      final long id = enqueue(client);
      try (Worker worker =
          Worker.of(client, queue)
              .lease(Duration.ofMillis(900))
              .handleOthers(job -> {
                began.countDown();
                try {
                  Thread.sleep(600_000);
                } catch (InterruptedException e) {
                  interrupted.set(job);
                }
                return ByteString.EMPTY;
              })
              .start()) {
        assertThat(began.await(60, TimeUnit.SECONDS)).isTrue();
        client
            .call(CANCEL, CancelJobRequest.newBuilder().setQueue(queue).setJob(id).build())
            .await();
        await("the interrupt", () -> interrupted.get() != null);
        assertThat(interrupted.get()).isNotNull().matches(RunningJob::isLost);
        assertThat(worker.running()).hasSizeLessThanOrEqualTo(1);
      }
    }
  }
}
