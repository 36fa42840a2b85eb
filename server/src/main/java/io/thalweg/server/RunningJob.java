package io.thalweg.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.thalweg.server.load.RetryingHttp;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Long work of a running node: begins it, shows how far it is, and gives what came of it. */
final class RunningJob {
  private static final long PATIENCE_MS = TimeUnit.SECONDS.toMillis(10);
  private static final long LOOK_MS = 200;
  private static final JsonFactory JSON = new JsonFactory();

  /** How it stands. */
  private record Status(
      long number,
      String state,
      String what,
      long done,
      long of,
      String error,
      boolean good,
      List<String> report) {}

  private RunningJob() {}

  /**
   * Does it, and prints the report.
   *
   * @param begin begins it with a POST; how it is is told by a GET of the same path
   * @return whether the outcome is good
   * @throws CommandFailed if it fails, or the node cannot be reached
   */
  static boolean run(URI begin, PrintWriter out, PrintWriter err)
      throws IOException, InterruptedException {
    URI look = begin.resolve(begin.getPath());
    try (RetryingHttp http =
        new RetryingHttp(PATIENCE_MS, problem -> err.println(problem + "; trying again"))) {
      Status status = read(http.fetch(post(begin)));
      long number = status.number();
      try (EventProgress progress = new EventProgress(err)) {
        while (status.state().equals("RUNNING")) {
          progress.at(status.done(), status.of(), status.what());
          Thread.sleep(LOOK_MS);
          status = read(http.fetch(HttpRequest.newBuilder(look).build()));
          if (status.number() != number) {
            throw new CommandFailed("the node was started again meanwhile; run it again");
          }
        }
      }
      if (!status.state().equals("DONE")) {
        throw new CommandFailed(status.error());
      }
      status.report().forEach(out::println);
      out.flush();
      return status.good();
    }
  }

  private static HttpRequest post(URI address) {
    return HttpRequest.newBuilder(address).POST(HttpRequest.BodyPublishers.noBody()).build();
  }

  /** Has a node delete what a piece of work made. */
  static void delete(URI address, PrintWriter err) throws InterruptedException {
    try (RetryingHttp http =
        new RetryingHttp(PATIENCE_MS, problem -> err.println(problem + "; trying again"))) {
      http.fetch(HttpRequest.newBuilder(address).DELETE().build());
    }
  }

  private static Status read(byte[] json) throws IOException {
    long number = 0;
    String state = "";
    String what = "";
    long done = 0;
    long of = 0;
    String error = "";
    boolean good = false;
    List<String> report = new ArrayList<>();
    try (JsonParser in = JSON.createParser(new String(json, StandardCharsets.UTF_8))) {
      while (in.nextToken() != null) {
        if (in.currentToken() == JsonToken.FIELD_NAME) {
          String field = in.currentName();
          in.nextToken();
          switch (field) {
            case "number" -> number = in.getLongValue();
            case "state" -> state = in.getText();
            case "what" -> what = in.getText();
            case "done" -> done = in.getLongValue();
            case "of" -> of = in.getLongValue();
            case "error" -> error = in.getText();
            case "good" -> good = in.getBooleanValue();
            case "report" -> {
              while (in.nextToken() == JsonToken.VALUE_STRING) {
                report.add(in.getText());
              }
            }
            default -> in.skipChildren();
          }
        }
      }
    }
    return new Status(number, state, what, done, of, error, good, report);
  }
}
