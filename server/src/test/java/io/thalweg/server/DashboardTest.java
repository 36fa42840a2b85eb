package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard for Grafana asks for what a node has. */
class DashboardTest {
  private static final Path FILE = Path.of("src/main/grafana/thalweg.json");
  private static final Pattern METRIC = Pattern.compile("\\b((?:thalweg|jvm|process|system)_\\w+)");
  private static final Pattern SELECTOR =
      Pattern.compile("\\b((?:thalweg|jvm|process|system)_\\w+)\\{([^}]*)}");
  private static final Pattern MATCHER = Pattern.compile("(\\w+)(=~|!=|=)\"([^\"]*)\"");
  private static final Pattern GROUPED = Pattern.compile("by \\(([^)]*)\\)");

  /** Prometheus adds it to everything that it scrapes. */
  private static final String ADDED = "instance";

  @TempDir Path data;

  /** Label names, and "name=value", of each metric of a page of metrics. */
  private static Map<String, Set<String>> labels(String page) {
    Map<String, Set<String>> labels = new HashMap<>();
    page.lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(line -> {
          Matcher name = Pattern.compile("^(\\w+)(?:\\{(.*)})? ").matcher(line);
          assertThat(name.find()).as(line).isTrue();
          Set<String> of = labels.computeIfAbsent(name.group(1), n -> new HashSet<>());
          Matcher pairs = MATCHER.matcher(name.group(2) == null ? "" : name.group(2));
          while (pairs.find()) {
            of.add(pairs.group(1));
            of.add(pairs.group(1) + "=" + pairs.group(3));
          }
        });
    return labels;
  }

  private static List<String> queries() throws IOException {
    JsonNode dashboard = new ObjectMapper().readTree(FILE.toFile());
    List<String> queries = new ArrayList<>();
    dashboard
        .at("/panels")
        .forEach(panel -> panel.at("/targets").forEach(t -> queries.add(t.at("/expr").asText())));
    dashboard
        .at("/templating/list")
        .forEach(variable -> {
          if (variable.at("/type").asText().equals("query")) {
            queries.add(variable.at("/query/query").asText());
          }
        });
    return queries;
  }

  @Test
  void everyQueryNamesMetricsAndLabelsThatANodeHas() throws Exception {
    String page;
    try (TestNode node = TestNode.start(data)) {
      node.post("/v1/boards/demo/scores", "{\"member\":\"ana\",\"score\":7}");
      node.get("/v1/boards/demo/entries/ana");
      node.get("/v1/boards/demo/entries/nobody");
      page = node.get("/metrics");
    }
    Map<String, Set<String>> labels = labels(page);
    List<String> queries = queries();
    assertThat(queries).hasSizeGreaterThan(40);
    for (String query : queries) {
      Matcher metrics = METRIC.matcher(query);
      List<String> named = new ArrayList<>();
      while (metrics.find()) {
        named.add(metrics.group(1));
        assertThat(labels).as(query).containsKey(metrics.group(1));
      }
      assertThat(named).as(query).isNotEmpty();
      checkSelectors(query, labels);
      Matcher grouped = GROUPED.matcher(query);
      while (grouped.find()) {
        Stream.of(grouped.group(1).split(",", -1))
            .filter(label -> !label.equals(ADDED))
            .forEach(label -> assertThat(labels.get(named.getFirst())).as(query).contains(label));
      }
    }
  }

  private static void checkSelectors(String query, Map<String, Set<String>> labels) {
    Matcher selectors = SELECTOR.matcher(query);
    while (selectors.find()) {
      Set<String> of = labels.get(selectors.group(1));
      Matcher matchers = MATCHER.matcher(selectors.group(2));
      while (matchers.find()) {
        String label = matchers.group(1);
        if (label.equals(ADDED)) {
          continue;
        }
        assertThat(of).as(query).contains(label);
        if (matchers.group(2).equals("=")) {
          assertThat(of).as(query).contains(label + "=" + matchers.group(3));
        }
      }
    }
  }

  @Test
  void everyPanelHasATitleAQueryAndAPlaceOfItsOwn() throws IOException {
    Set<String> places = new HashSet<>();
    Set<Integer> ids = new HashSet<>();
    for (JsonNode panel : new ObjectMapper().readTree(FILE.toFile()).at("/panels")) {
      assertThat(panel.at("/title").asText()).isNotBlank();
      assertThat(ids.add(panel.at("/id").asInt())).isTrue();
      JsonNode at = panel.at("/gridPos");
      assertThat(places.add(at.at("/x") + "," + at.at("/y"))).isTrue();
      assertThat(at.at("/x").asInt() + at.at("/w").asInt()).isLessThanOrEqualTo(24);
    }
  }

  @Test
  void whatIsBoundedSaysHowFullItIs() throws Exception {
    try (TestNode node = TestNode.start(data)) {
      Set<String> of = labels(node.get("/metrics")).getOrDefault("thalweg_saturation", Set.of());
      for (String bound :
          List.of(
              "queue",
              "queue-bytes",
              "outbox",
              "deadletters",
              "timers",
              "replies",
              "effects",
              "scans",
              "watches",
              "gateway-watchers",
              "connections",
              "audit")) {
        assertThat(of).contains("bound=" + bound);
      }
    }
  }
}
