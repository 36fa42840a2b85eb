package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.client.CallSettings;
import io.thalweg.client.HeldLock;
import io.thalweg.client.LockSession;
import io.thalweg.client.LocksClient;
import io.thalweg.client.ServiceMethod;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.client.jobs.Worker;
import io.thalweg.client.keys.KeysClient;
import io.thalweg.jobs.v1.EnqueueManyRequest;
import io.thalweg.jobs.v1.EnqueueManyResponse;
import io.thalweg.jobs.v1.GetQueueRequest;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.JobsProto;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueFigures;
import io.thalweg.kafka.TestBroker;
import io.thalweg.keys.v1.CreateNamespaceRequest;
import io.thalweg.keys.v1.NextKeysRequest;
import io.thalweg.locks.v1.WriteRegisterRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two nodes over Kafka; the one that leads is killed while jobs run, keys are given out and a lock
 * is held. The other one goes on where it was.
 */
final class CoordinationOnKafkaTest {
  private static final int BATCH = 10;
  private static final long LIMIT_NS = TimeUnit.MINUTES.toNanos(3);

  private static final ServiceMethod<EnqueueManyRequest, EnqueueManyResponse> ENQUEUE =
      method(
          "EnqueueMany",
          EnqueueManyRequest.getDefaultInstance(),
          EnqueueManyResponse.getDefaultInstance());
  private static final ServiceMethod<GetQueueRequest, Queue> GET_QUEUE =
      method("GetQueue", GetQueueRequest.getDefaultInstance(), Queue.getDefaultInstance());

  private final AtomicBoolean enough = new AtomicBoolean();
  private final AtomicInteger enqueued = new AtomicInteger();
  private final List<String> keys = Collections.synchronizedList(new ArrayList<>());

  private static <Q extends Message, R extends Message> ServiceMethod<Q, R> method(
      String name, Q request, R reply) {
    return ServiceMethod.of(
        JobsProto.getDescriptor().findServiceByName("Jobs"), name, request, reply);
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void jobsKeysAndLocksGoOnAsTheyWereWhenTheLeaderIsKilled(@TempDir Path kafka) throws Exception {
    Path folder = Folder.fresh(Settings.folder("coordination-kafka"));
    try (TestBroker broker = TestBroker.start(kafka);
        NodeProcess leader = node(folder, "leads", broker)) {
      leader.awaitReady();
      try (NodeProcess other = node(folder, "follows", broker)) {
        String url = other.awaitReady();
        await("both nodes are well", () -> isHealthy(url));
        try (ThalwegClient client =
            ThalwegClient.at(url)
                .timeout(Duration.ofMinutes(2))
                .connectTimeout(Duration.ofMinutes(1))
                .open()) {
          run(client, leader);
        }
      }
    } finally {
      enough.set(true);
    }
    Folder.delete(folder);
  }

  private static NodeProcess node(Path folder, String id, TestBroker broker) throws Exception {
    Path own = Files.createDirectories(folder.resolve(id));
    NodeProcess.configure(
        own,
        List.of(
            "kafka = " + broker.bootstrap(),
            "cluster = coordination",
            "kafka-dev = true",
            "node-id = " + id));
    return NodeProcess.launch(own, own.resolve("data"));
  }

  private static boolean isHealthy(String url) throws Exception {
    try (Http http = new Http()) {
      String view = http.get(url + "/v1/operations/cluster").body().replaceAll("\\s", "");
      return view.contains("\"unhealthy\":[]")
          && view.contains("\"id\":\"leads\"")
          && view.contains("\"id\":\"follows\"");
    }
  }

  private void run(ThalwegClient client, NodeProcess leader) throws Exception {
    KeysClient keysClient = KeysClient.of(client);
    keysClient
        .createNamespace(CreateNamespaceRequest.newBuilder().setNamespace("k").build())
        .await();
    LocksClient locks = client.locks("space");
    try (LockSession session = locks.open(Duration.ofMinutes(10), why -> {});
        LockSession next = locks.open(Duration.ofMinutes(10), why -> {})) {
      HeldLock held = session.lock("l").get(2, TimeUnit.MINUTES);
      locks.writeRegister(write("before", held)).await();
      var waiting = next.lock("l");

      Thread producer = Thread.ofVirtual().start(() -> enqueue(client));
      Thread taker = Thread.ofVirtual().start(() -> take(keysClient));
      try (Worker _ =
          Worker.of(client, "q")
              .lease(Duration.ofSeconds(20))
              .handleOthers(job -> ByteString.EMPTY)
              .start()) {
        await("some jobs are done", () -> figures(client).getTotalDone() > 20);
        await("some keys are given", () -> keys.size() > 20);
        leader.kill();
        int given = keys.size();
        long done = enqueued.get();
        await("more keys are given", () -> keys.size() > given + 20);
        await("more jobs are done", () -> figures(client).getTotalDone() > done + 20);
        enough.set(true);
        producer.join();
        taker.join();
        await("all jobs are done", () -> figures(client).getTotalDone() >= enqueued.get());
      }
      QueueFigures figures = figures(client);
      assertThat(figures.getTotalEnqueued()).isEqualTo(enqueued.get());
      assertThat(figures.getTotalDone()).as("each is done once").isEqualTo(enqueued.get());
      assertThat(keys).doesNotHaveDuplicates();

      assertThat(locks.getRegister("r").await().getValue().toStringUtf8()).isEqualTo("before");
      assertThat(waiting).as("it is held still").isNotDone();
      held.release().await();
      HeldLock taken = waiting.get(2, TimeUnit.MINUTES);
      assertThat(taken.token()).isGreaterThan(held.token());
      locks.writeRegister(write("after", taken)).await();
      assertThatThrownBy(() -> locks.writeRegister(write("late", held)).await())
          .isInstanceOf(ThalwegException.class)
          .hasMessageContaining("FAILED_PRECONDITION");
    }
  }

  /** Under names, so that each batch is there once whatever answer was lost. */
  private void enqueue(ThalwegClient client) {
    for (int batch = 0; !enough.get(); batch++) {
      EnqueueManyRequest.Builder many = EnqueueManyRequest.newBuilder().setQueue("q");
      for (int i = 0; i < BATCH; i++) {
        many.addJobs(JobSpec.newBuilder().setType("t"));
      }
      CallSettings named = CallSettings.none().withName("batch-" + batch);
      boolean answered = false;
      while (!answered) {
        answered = isAnswered(() -> client.call(ENQUEUE, many.build(), named).await());
      }
      enqueued.addAndGet(BATCH);
    }
  }

  private void take(KeysClient client) {
    NextKeysRequest five = NextKeysRequest.newBuilder().setNamespace("k").setCount(5).build();
    while (!enough.get()) {
      isAnswered(() -> keys.addAll(client.nextKeys(five).await().getKeysList()));
    }
  }

  private static boolean isAnswered(Runnable call) {
    try {
      call.run();
      Thread.sleep(10);
      return true;
    } catch (ThalwegException away) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static WriteRegisterRequest.Builder write(String value, HeldLock lock) {
    return WriteRegisterRequest.newBuilder()
        .setRegister("r")
        .setValue(ByteString.copyFromUtf8(value))
        .setGuard(lock.guard());
  }

  private static QueueFigures figures(ThalwegClient client) {
    try {
      return client
          .call(GET_QUEUE, GetQueueRequest.newBuilder().setQueue("q").build())
          .await()
          .getFigures();
    } catch (ThalwegException notYet) {
      return QueueFigures.getDefaultInstance();
    }
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long beganNs = System.nanoTime();
    while (!condition.call()) {
      if (System.nanoTime() - beganNs > LIMIT_NS) {
        throw new AssertionError("waited in vain until " + what);
      }
      Thread.sleep(50);
    }
  }
}
