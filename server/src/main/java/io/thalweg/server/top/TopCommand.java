package io.thalweg.server.top;

import io.thalweg.server.load.RetryingHttp;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code thalweg top}: what a running node does, each second. */
@Command(
    name = "top",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Shows what a running node does: requests by method with percentiles, partitions with their"
          + " queues, the log. Ends with Ctrl-C.",
      "",
      "Reads /metrics; where the node asks for credentials, THALWEG_API_KEY needs operations:read."
    })
public final class TopCommand implements Callable<Integer> {
  private static final long PATIENCE_MS = TimeUnit.SECONDS.toMillis(60);
  private static final int MAX_SECONDS = 3600;
  private static final String CLEAR = "\u001b[H\u001b[2J";

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Where the node listens. Default: ${DEFAULT-VALUE}",
      defaultValue = "http://127.0.0.1:8080")
  URI url = URI.create("http://127.0.0.1:8080");

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      description = "1 to 3600. Default: ${DEFAULT-VALUE}",
      defaultValue = "1")
  int seconds = 1;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Ends after so many screens, and does not clear them. Default: goes on")
  int count;

  @Override
  public Integer call() throws InterruptedException {
    if (seconds < 1 || seconds > MAX_SECONDS || count < 0) {
      throw new ParameterException(
          spec.commandLine(), "--every must be from 1 to 3600, and --count at least 0");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (RetryingHttp http =
        new RetryingHttp(PATIENCE_MS, problem -> err.println(problem + "; trying again"))) {
      Scrape before = scrape(http);
      for (int shown = 0; count == 0 || shown < count; shown++) {
        TimeUnit.SECONDS.sleep(seconds);
        Scrape now = scrape(http);
        int height = count == 0 ? Terminal.height() : Integer.MAX_VALUE;
        show(out, TopView.lines(url.toString(), before, now, height));
        before = now;
      }
    }
    return 0;
  }

  private void show(PrintWriter out, List<String> lines) {
    if (count == 0) {
      out.print(CLEAR);
    }
    lines.forEach(out::println);
    out.flush();
  }

  private Scrape scrape(RetryingHttp http) throws InterruptedException {
    byte[] text = http.fetch(HttpRequest.newBuilder(url.resolve("/metrics")).build());
    return Scrape.parse(new String(text, StandardCharsets.UTF_8), System.nanoTime());
  }
}
