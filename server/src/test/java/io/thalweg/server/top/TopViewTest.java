package io.thalweg.server.top;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.TestNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopViewTest {
  @TempDir Path data;

  @Test
  void ratesAreOfTheTimeBetweenTwoReadings() {
    String labels = "{code=\"OK\",method=\"a.b.Boards/Submit\",protocol=\"http\"} ";
    Scrape before = Scrape.parse("thalweg_gateway_requests_seconds_count" + labels + "100\n", 0);
    Scrape now =
        Scrape.parse(
            "# HELP x y\nthalweg_gateway_requests_seconds_count"
                + labels
                + "300.0\nthalweg_gateway_latency_seconds{method=\"a.b.Boards/Submit\","
                + "protocol=\"http\",quantile=\"0.99\"} 0.0125\n",
            2_000_000_000L);
    assertThat(TopView.lines("url", before, now, 40))
        .anySatisfy(
            line -> assertThat(line).contains("Boards/Submit", "http", "       100 ", "12.50"));
  }

  @Test
  void aNodeThatWasStartedAgainHasNoNegativeRates() {
    Scrape before = Scrape.parse("thalweg_commands_total{partition=\"p/0\"} 500\n", 0);
    Scrape now = Scrape.parse("thalweg_commands_total{partition=\"p/0\"} 3\n", 1_000_000_000L);
    assertThat(TopView.lines("url", before, now, 40)).noneMatch(line -> line.contains("-4"));
  }

  @Test
  void theBusiestPartitionsAreShownAndTheScreenHoldsThem() {
    Scrape before = Scrape.parse("", 0);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      text.append("thalweg_commands_total{partition=\"p/%d\"} %d\n".formatted(i, i));
    }
    Scrape now = Scrape.parse(text.toString(), 1_000_000_000L);
    List<String> lines = TopView.lines("url", before, now, 24);
    assertThat(lines).hasSize(24);
    assertThat(lines.stream().filter(line -> line.startsWith("p/")).findFirst())
        .hasValueSatisfying(line -> assertThat(line).startsWith("p/99 "));
    assertThat(lines.getLast()).isEqualTo("(86 less busy, 1 with nothing to do)");
    assertThat(TopView.lines("url", before, now, Integer.MAX_VALUE)).hasSize(24 + 86);
  }

  @Test
  void aTerminalThatSaysNothingHasTheUsualHeight() {
    assertThat(Terminal.parse("50 132\n")).isEqualTo(50);
    assertThat(Terminal.parse("")).isEqualTo(Terminal.USUAL_HEIGHT);
    assertThat(Terminal.parse("0 0")).isEqualTo(Terminal.USUAL_HEIGHT);
  }

  @Test
  void whatARunningNodeMeasuresIsShown() throws Exception {
    try (TestNode node = TestNode.start(data);
        HttpClient client = HttpClient.newHttpClient()) {
      Scrape before = Scrape.parse(node.get("/metrics"), 0);
      for (int i = 0; i < 10; i++) {
        client.send(
            HttpRequest.newBuilder(URI.create(node.url() + "/v1/boards/b/scores"))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"member\":\"a\",\"score\":1}"))
                .build(),
            HttpResponse.BodyHandlers.discarding());
      }
      Scrape now = Scrape.parse(node.get("/metrics"), 1_000_000_000L);
      List<String> lines = TopView.lines(node.url(), before, now, 40);
      assertThat(lines)
          .anySatisfy(l -> assertThat(l).startsWith("commands ").contains("        10/s"));
      assertThat(lines).anyMatch(l -> l.startsWith("Leaderboards/SubmitScore"));
      assertThat(lines).anyMatch(l -> l.startsWith("leaderboard/"));
      assertThat(now.max("thalweg_gateway_latency_seconds", s -> true)).isPositive();
      assertThat(now.sum("jvm_memory_used_bytes")).isPositive();
    }
  }
}
