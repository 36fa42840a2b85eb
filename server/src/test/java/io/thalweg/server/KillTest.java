package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KillTest {
  private static final int CLIENTS = 1000;
  private static final int ACKNOWLEDGED_BEFORE_KILL = 2000;
  private static final Pattern SCORE = Pattern.compile("\"score\" *: *(\\d+)");

  @TempDir Path folder = Path.of("");

  /** Each client counts up its own member's score, one submit after the other, until it fails. */
  @Test
  void everyAcknowledgedScoreIsThereAfterKillUnderAThousandClients() throws Exception {
    Path data = folder.resolve("data");
    Map<Integer, Integer> acknowledged = new ConcurrentHashMap<>();
    CountDownLatch enough = new CountDownLatch(ACKNOWLEDGED_BEFORE_KILL);
    // They are let in one after the other.
    CountDownLatch most = new CountDownLatch(CLIENTS / 2 + 1);
    try (HttpClient http = client();
        UpProcess up = UpProcess.start(data)) {
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int member = i;
        clients.add(
            Thread.startVirtualThread(
                () -> submitUntilItFails(http, up.url(), member, acknowledged, enough, most)));
      }
      assertThat(enough.await(60, TimeUnit.SECONDS)).as("scores are being taken").isTrue();
      assertThat(most.await(60, TimeUnit.SECONDS)).as("most clients are served").isTrue();
      up.kill();
      for (Thread client : clients) {
        client.join();
      }
    }
    assertThat(acknowledged).hasSizeGreaterThan(CLIENTS / 2);

    try (HttpClient http = client();
        UpProcess again = UpProcess.start(data)) {
      for (Map.Entry<Integer, Integer> score : acknowledged.entrySet()) {
        HttpResponse<String> entry =
            http.send(
                HttpRequest.newBuilder(
                        URI.create(again.url() + "/v1/boards/kill/entries/m" + score.getKey()))
                    .build(),
                BodyHandlers.ofString());
        Matcher stored = SCORE.matcher(entry.body());
        assertThat(stored.find()).as(entry.body()).isTrue();
        // One more may have been taken whose answer the kill cut off.
        assertThat(Integer.parseInt(stored.group(1)))
            .isBetween(score.getValue(), score.getValue() + 1);
      }
      assertThat(again.terminate()).isZero();
    }
    assertThat(Cli.run("verify", "--data", data.toString()).out()).contains("All is well.");
  }

  private static HttpClient client() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  private static void submitUntilItFails(
      HttpClient http,
      String url,
      int member,
      Map<Integer, Integer> acknowledged,
      CountDownLatch enough,
      CountDownLatch most) {
    for (int score = 1; ; score++) {
      String body = "{\"member\":\"m%d\",\"score\":%d}".formatted(member, score);
      try {
        HttpResponse<String> answer =
            http.send(
                HttpRequest.newBuilder(URI.create(url + "/v1/boards/kill/scores"))
                    .header("content-type", "application/json")
                    .timeout(Duration.ofSeconds(30))
                    .POST(BodyPublishers.ofString(body))
                    .build(),
                BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
          return;
        }
        if (acknowledged.put(member, score) == null) {
          most.countDown();
        }
        enough.countDown();
      } catch (IOException e) {
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
