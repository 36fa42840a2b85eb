package io.thalweg.server;

import io.thalweg.server.load.RetryingHttp;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** How a command asks a running node: where it is, and in which project. */
final class AdminRequests {
  private static final long PATIENCE_MS = TimeUnit.SECONDS.toMillis(10);

  @Option(
      names = "--url",
      paramLabel = "URL",
      scope = picocli.CommandLine.ScopeType.INHERIT,
      description = "Where the node listens. Default: ${DEFAULT-VALUE}",
      defaultValue = "http://127.0.0.1:8080")
  URI url = URI.create("http://127.0.0.1:8080");

  @Option(
      names = "--project",
      paramLabel = "NAME",
      scope = picocli.CommandLine.ScopeType.INHERIT,
      description = "The project to act in. Default: that of the key in THALWEG_API_KEY")
  @Nullable String project;

  /**
   * Sends a request and prints the answer.
   *
   * @param json body; empty for none
   */
  void print(CommandSpec spec, String method, String path, String json)
      throws InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve(path));
    if (project != null) {
      request.header("thalweg-project", project);
    }
    if (json.isEmpty()) {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    } else {
      request
          .header("content-type", "application/json")
          .method(method, HttpRequest.BodyPublishers.ofString(json));
    }
    PrintWriter err = spec.commandLine().getErr();
    try (RetryingHttp http =
        new RetryingHttp(PATIENCE_MS, problem -> err.println(problem + "; trying again"))) {
      PrintWriter out = spec.commandLine().getOut();
      out.println(new String(http.fetch(request.build()), StandardCharsets.UTF_8));
      out.flush();
    }
  }

  /** One segment of a path. */
  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
