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

/** {@code thalweg dead-letters}: what was refused for good, of a running node. */
@Command(
    name = "dead-letters",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Messages and timers that their service refused for good, or could not handle. They are kept"
          + " until somebody has them executed again or drops them."
    },
    footer = {
      "",
      "Example:",
      "  thalweg dead-letters list leaderboard",
      "  thalweg dead-letters retry leaderboard 3-1042"
    })
final class DeadLettersCommand {
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
  @Command(description = "Lists them as JSON, oldest first within each partition.")
  int list(
      @Parameters(paramLabel = "SERVICE", description = "Name of the service.") String service,
      @Option(
              names = "--page-size",
              paramLabel = "N",
              defaultValue = "100",
              description = "1 to 1,000. Default: 100")
          int pageSize,
      @Option(
              names = "--page-token",
              paramLabel = "TOKEN",
              defaultValue = "",
              description = "From the page before.")
          String pageToken)
      throws InterruptedException {
    String query = "?pageSize=" + pageSize + "&pageToken=" + encode(pageToken);
    print(send(request("GET", service, query)));
    return 0;
  }

  /** Executes one again. */
  @Command(description = "Executes one again; it is gone if that succeeds.")
  int retry(
      @Parameters(paramLabel = "SERVICE", description = "Name of the service.") String service,
      @Parameters(paramLabel = "ID", description = "From the list, such as 3-1042.") String id)
      throws InterruptedException {
    send(request("POST", service, "/" + encode(id) + ":retry"));
    print("executed again");
    return 0;
  }

  /** Drops one. */
  @Command(description = "Drops one for good.")
  int drop(
      @Parameters(paramLabel = "SERVICE", description = "Name of the service.") String service,
      @Parameters(paramLabel = "ID", description = "From the list, such as 3-1042.") String id)
      throws InterruptedException {
    send(request("DELETE", service, "/" + encode(id)));
    print("dropped");
    return 0;
  }

  private HttpRequest request(String method, String service, String rest) {
    return HttpRequest.newBuilder(
            url.resolve("/v1/operations/services/" + encode(service) + "/deadLetters" + rest))
        .method(method, HttpRequest.BodyPublishers.noBody())
        .build();
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

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
