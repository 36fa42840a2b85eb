package io.thalweg.crashtest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What needs messages and timers: scores for several boards, which are messages to their
 * partitions, and jobs with a delay, which a worker does. Both are asked for under names until they
 * are answered. One thread of its own each.
 */
final class SideWork implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> BOARDS = List.of("every-1", "every-2", "every-3", "every-4");
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final long PAUSE_MS = 50;

  private final Http http = new Http();
  private final Supplier<@Nullable String> url;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean asking = true;
  private volatile boolean working = true;
  private volatile int scores;
  private volatile int jobs;

  /**
   * Begins.
   *
   * @param url any node; null if there is none
   */
  SideWork(Supplier<@Nullable String> url) {
    this.url = url;
    threads.add(Thread.ofVirtual().start(() -> run(this::ask)));
    threads.add(Thread.ofVirtual().start(() -> run(this::work)));
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  private static void run(Work work) {
    try {
      work.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask() throws InterruptedException {
    String boards = "\"" + String.join("\",\"", BOARDS) + "\"";
    while (asking) {
      int number = scores + 1;
      until200(
          "/v1/members/m/scores",
          "scores-" + number,
          "{\"boards\":[" + boards + "],\"score\":1,\"operator\":\"SUM\"}");
      scores = number;
      until200(
          "/v1/queues/late/jobs",
          "job-" + number,
          "{\"job\":{\"type\":\"t\",\"delayMs\":\"" + 100 * (number % 20) + "\"}}");
      jobs = number;
      Thread.sleep(PAUSE_MS);
    }
  }

  // Whatever was lost on the way, the name makes it one.
  private void until200(String path, String name, String json) throws InterruptedException {
    while (true) {
      Http.Answer answer = post(path, name, json);
      if (answer != null && answer.status() == 200) {
        return;
      }
      if (answer != null && answer.status() < 500 && answer.status() != 429) {
        throw new IllegalStateException(path + " " + json + " was answered " + answer);
      }
      Thread.sleep(PAUSE_MS);
    }
  }

  private Http.@Nullable Answer post(String path, @Nullable String name, String json)
      throws InterruptedException {
    String node = url.get();
    try {
      return node == null ? null : http.post(node + path, name, json, ANSWER_LIMIT);
    } catch (IOException e) {
      return null;
    }
  }

  private void work() throws InterruptedException {
    while (working) {
      Http.Answer fetched =
          post(
              "/v1/queues/late/jobs:fetch",
              null,
              "{\"worker\":\"w\",\"max\":50,\"leaseMs\":\"3000\",\"waitMs\":\"500\"}");
      if (fetched == null || fetched.status() != 200) {
        Thread.sleep(PAUSE_MS);
        continue;
      }
      List<String> reports = new ArrayList<>();
      for (JsonNode job : parse(fetched.body()).at("/jobs")) {
        reports.add(
            "{\"job\":\"%s\",\"token\":\"%s\",\"done\":{}}"
                .formatted(job.at("/job").asText(), job.at("/token").asText()));
      }
      if (!reports.isEmpty()) {
        // If its answer is lost the lease ends, and the job is fetched again if it is not done.
        Http.Answer _ =
            post(
                "/v1/queues/late/jobs:report",
                null,
                "{\"reports\":[" + String.join(",", reports) + "]}");
      }
    }
  }

  private static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new IllegalStateException(json, e);
    }
  }

  /** No new requests; waits for the last answers. */
  void stopAsking() throws InterruptedException {
    asking = false;
    threads.getFirst().join();
  }

  /** How many scores were sent to all boards, and jobs enqueued. */
  int count() {
    return Math.min(scores, jobs);
  }

  /** What is not as it must be: every message and every timer had its effect once. */
  List<String> violations(String node) throws IOException, InterruptedException {
    long endNs = System.nanoTime() + LIMIT.toNanos();
    List<String> found = look(node);
    while (!found.isEmpty() && System.nanoTime() - endNs < 0) {
      TimeUnit.MILLISECONDS.sleep(100);
      found = look(node);
    }
    return found;
  }

  private List<String> look(String node) throws IOException, InterruptedException {
    List<String> found = new ArrayList<>();
    for (String board : BOARDS) {
      Http.Answer answer = http.get(node + "/v1/boards/" + board + "/entries/m");
      List<Standing> standings = Standing.in(answer.body());
      if (standings.size() != 1 || standings.getFirst().score() != scores) {
        found.add("%d messages to %s, and it says %s".formatted(scores, board, answer));
      }
    }
    Http.Answer answer = http.get(node + "/v1/queues/late");
    JsonNode figures = parse(answer.body()).at("/figures");
    if (figures.at("/totalEnqueued").asInt() != jobs
        || figures.at("/totalDone").asInt() != jobs
        || figures.at("/totalDied").asInt() != 0) {
      found.add("%d delayed jobs, and the queue says %s".formatted(jobs, answer));
    }
    return found;
  }

  @Override
  public void close() {
    asking = false;
    working = false;
    threads.forEach(Thread::interrupt);
    http.close();
  }
}
