package io.thalweg.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thalweg.server.load.RetryingHttp;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code thalweg cluster}: a cluster as one of its nodes sees it. */
@Command(
    name = "cluster",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = "What the nodes of a cluster do. Any node may be asked.",
    footer = {"", "Example:", "  thalweg cluster status --url http://127.0.0.1:8080"})
final class ClusterCommand {
  private static final long PATIENCE_MS = TimeUnit.SECONDS.toMillis(10);

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--url",
      paramLabel = "URL",
      scope = picocli.CommandLine.ScopeType.INHERIT,
      description = "Where a node listens. Default: ${DEFAULT-VALUE}",
      defaultValue = "http://127.0.0.1:8080")
  URI url = URI.create("http://127.0.0.1:8080");

  /** Prints it. */
  @Command(
      description = {
        "Says who leads and who follows each partition, how many events each follower is behind,"
            + " and what is unhealthy. Exit code 1 if something is."
      })
  int status(
      @Option(names = "--json", description = "As the node answers it, in JSON.") boolean json)
      throws InterruptedException {
    String answer;
    PrintWriter err = spec.commandLine().getErr();
    URI path = url.resolve("/v1/operations/cluster");
    try (RetryingHttp http =
        new RetryingHttp(PATIENCE_MS, problem -> err.println(problem + "; trying again"))) {
      answer = new String(http.fetch(HttpRequest.newBuilder(path).build()), StandardCharsets.UTF_8);
    }
    PrintWriter out = spec.commandLine().getOut();
    boolean healthy;
    try {
      JsonNode view = new ObjectMapper().readTree(answer);
      out.print(json ? answer + "\n" : text(view));
      healthy = view.at("/unhealthy").isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(url + " has answered something else: " + answer, e);
    }
    out.flush();
    return healthy ? 0 : 1;
  }

  /** A view as lines for a person. */
  static String text(JsonNode view) {
    StringBuilder text = new StringBuilder();
    text.append("%-16s %-24s %10s  %s%n".formatted("NODE", "ADDRESS", "ALIVE s", ""));
    for (JsonNode node : view.at("/nodes")) {
      text.append(
          "%-16s %-24s %10.1f  %s%n"
              .formatted(
                  node.at("/id").asText(),
                  node.at("/address").asText(),
                  node.at("/aliveMs").asLong() / 1000.0,
                  node.at("/leaving").asBoolean() ? "leaving" : ""));
    }
    text.append(
        "%n%-20s %-16s %8s %12s  %s%n"
            .formatted("PARTITION", "LEADER", "EPOCH", "POSITION", "OTHERS (events behind)"));
    for (JsonNode partition : view.at("/partitions")) {
      List<String> others = new ArrayList<>();
      for (JsonNode copy : partition.at("/others")) {
        others.add(
            "%s %s (%d)"
                .formatted(
                    copy.at("/node").asText(),
                    copy.at("/role").asText(),
                    copy.at("/lag").asLong()));
      }
      text.append(
          "%-20s %-16s %8d %12d  %s%n"
              .formatted(
                  partition.at("/name").asText(),
                  partition.at("/leader").asText("-"),
                  partition.at("/epoch").asLong(),
                  partition.at("/position").asLong(),
                  String.join(", ", others)));
    }
    JsonNode unhealthy = view.at("/unhealthy");
    text.append(unhealthy.isEmpty() ? "%nall is well%n".formatted() : "\n");
    for (JsonNode reason : unhealthy) {
      text.append("UNHEALTHY: ").append(reason.asText()).append('\n');
    }
    return text.toString();
  }
}
