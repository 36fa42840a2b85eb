package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.kafka.TestBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node whose Kafka is out of reach says so, and goes on by itself when it is back. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class KafkaAwayTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** A client's limit; the node is told a shorter one. */
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);

  private static final int ASKING = 32;
  private static final int EACH = 40;
  private static final int HEAP_MIB = 96;
  private static final int BODY_BYTES = 32 << 10;

  @Test
  void whileKafkaIsOutOfReachRequestsAreRefusedInTimeNamingItAndThenWorkResumes(@TempDir Path kafka)
      throws Exception {
    Path folder = Folder.fresh(Settings.folder("kafka-away"));
    int door = Wire.freePort();
    try (Wire wire = new Wire("127.0.0.1", 0, door);
        TestBroker broker =
            TestBroker.start(kafka, List.of(new TestBroker.Door(door, wire.port())))) {
      assertThat(broker.bootstrap()).isNotEmpty();
      NodeProcess.configure(
          folder,
          List.of("kafka = 127.0.0.1:" + wire.port(), "cluster = away", "kafka-dev = true"));
      List<String> small = new ArrayList<>(NodeProcess.SMALL_SIZES);
      small.add("-Xmx" + HEAP_MIB + "m");
      try (NodeProcess node = NodeProcess.launch(folder, folder.resolve("data"), small);
          Http http = new Http();
          Workload workload = new Workload(1, ANSWER_LIMIT)) {
        String url = node.awaitReady();
        assertThat(http.get(url + "/readyz").status()).isEqualTo(200);
        workload.start(() -> url, 2);
        for (Wire.State state : List.of(Wire.State.SILENT, Wire.State.CUT)) {
          assertThat(workload.awaitWrites(workload.writes() + 100, LIMIT)).isTrue();
          wire.become(state);
          awaitReady(http, url, 503, "Kafka is out of reach for ");
          assertThat(http.get(url + "/livez").status()).isEqualTo(200);
          List<Http.Answer> answers = flood(http, url);
          assertThat(answers).hasSize(ASKING * EACH);
          assertThat(answers)
              .allSatisfy(answer -> {
                assertThat(answer.status()).as(answer.body()).isIn(429, 503);
                assertThat(answer.body()).containsAnyOf("UNAVAILABLE", "RESOURCE_EXHAUSTED");
              });
          assertThat(answers).anySatisfy(a -> assertThat(a.body()).contains("Kafka"));
          wire.become(Wire.State.WHOLE);
          awaitReady(http, url, 200, "\"reasons\":[]");
        }
        assertThat(workload.awaitWrites(workload.writes() + 100, LIMIT)).isTrue();
        workload.stop();
        assertThat(workload.check(url)).isEmpty();
        workload.nodeIsGone();
        node.beginToStop();
        assertThat(node.awaitEnd()).as(node.err()).isZero();
        assertThat(node.err()).doesNotContain("OutOfMemoryError");
      }
    }
    Folder.delete(folder);
  }

  private static void awaitReady(Http http, String url, int status, String reason)
      throws IOException, InterruptedException {
    long endNs = System.nanoTime() + LIMIT.toNanos();
    Http.Answer answer = http.get(url + "/readyz");
    while (answer.status() != status || !answer.body().contains(reason)) {
      assertThat(System.nanoTime() - endNs).as("%s %s", status, answer).isNegative();
      TimeUnit.MILLISECONDS.sleep(50);
      answer = http.get(url + "/readyz");
    }
  }

  /** Together about half of the node's memory, if it kept them. */
  private static List<Http.Answer> flood(Http http, String url) throws InterruptedException {
    ConcurrentLinkedQueue<Http.Answer> answers = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    String large = "x".repeat(BODY_BYTES);
    for (int i = 0; i < ASKING; i++) {
      String body =
          "{\"job\":{\"type\":\"t\",\"delayMs\":\"3600000\",\"label\":\"%s\",\"payload\":\"%s\"}}"
              .formatted(i, large);
      threads.add(
          Thread.startVirtualThread(() -> {
            try {
              for (int number = 0; number < EACH; number++) {
                answers.add(http.post(url + "/v1/queues/flood/jobs", null, body, ANSWER_LIMIT));
              }
            } catch (IOException e) {
              answers.add(new Http.Answer(0, String.valueOf(e)));
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return List.copyOf(answers);
  }
}
