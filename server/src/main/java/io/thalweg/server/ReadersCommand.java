package io.thalweg.server;

import io.thalweg.server.load.RetryingHttp;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code thalweg readers}: for whom a running node keeps its log. */
@Command(
    name = "readers",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Readers of a node's log, such as backup directories. The node removes nothing that one of"
          + " them has not read, also while it is away. One that will not come back must be"
          + " dropped, or its log is kept for ever."
    },
    footer = {
      "",
      "Example:",
      "  thalweg readers list",
      "  thalweg readers drop backup-0f8fad5b-d9cb-469f-a165-70867728950e"
    })
final class ReadersCommand {
  private static final long PATIENCE_MS = TimeUnit.SECONDS.toMillis(10);

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--url",
      paramLabel = "URL",
      scope = picocli.CommandLine.ScopeType.INHERIT,
      description = "Where the node listens. Default: ${DEFAULT-VALUE}",
      defaultValue = "http://127.0.0.1:8080")
  URI url = URI.create("http://127.0.0.1:8080");

  /** Lists. */
  @Command(
      description = {
        "Lists them as JSON: where each stands, how many bytes are kept for it, and how many"
            + " seconds ago it was last heard of."
      })
  int list() throws InterruptedException {
    print(send(HttpRequest.newBuilder(url.resolve("/v1/operations/logReaders")).build()));
    return 0;
  }

  /** Drops one. */
  @Command(description = "Drops one: nothing is kept for it any more.")
  int drop(@Parameters(paramLabel = "NAME", description = "From the list.") String name)
      throws InterruptedException {
    String path = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    URI reader = url.resolve("/v1/operations/logReaders/" + path);
    send(HttpRequest.newBuilder(reader).DELETE().build());
    print("dropped");
    return 0;
  }

  private String send(HttpRequest request) throws InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    try (RetryingHttp http =
        new RetryingHttp(PATIENCE_MS, problem -> err.println(problem + "; trying again"))) {
      return new String(http.fetch(request), StandardCharsets.UTF_8);
    }
  }

  private void print(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(text);
    out.flush();
  }
}
