package io.thalweg.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * From the start of the {@code thalweg up} process until {@code /readyz} says 200, and the resident
 * memory some seconds later: with a new data directory and with a board, with and without the AOT
 * cache.
 *
 * <p>Arguments: the thalweg command, directory (must be there), members of the board, rounds.
 */
public final class StartupBench {
  private static final long IDLE_S = 3;

  private final String command;
  private final Path directory;
  private final int rounds;
  private final TextTable table =
      new TextTable("data", "AOT cache", "best s", "median s", "resident MiB when idle");
  private int started;

  private StartupBench(String command, Path directory, int rounds) {
    this.command = command;
    this.directory = directory;
    this.rounds = rounds;
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[1]);
    int members = Integer.parseInt(args[2]);
    Machine.print(directory);
    new StartupBench(args[0], directory, Integer.parseInt(args[3])).run(members);
  }

  private void run(int members) throws IOException, InterruptedException {
    Path filled = directory.resolve("filled");
    try (ServedProcess server = start(filled, true)) {
      server.awaitReadyNs();
      HttpBoard.fill(server.port(), "bench", members);
    }
    boolean[] withOrWithout = {true, false};
    for (boolean cached : withOrWithout) {
      measure("none", cached, null);
    }
    String board = String.format(Locale.ROOT, "%,d members", members);
    for (boolean cached : withOrWithout) {
      measure(board, cached, filled);
    }
    table.print();
  }

  private void measure(String what, boolean cached, @Nullable Path present)
      throws IOException, InterruptedException {
    double[] seconds = new double[rounds];
    long leastBytes = Long.MAX_VALUE;
    for (int i = 0; i < rounds; i++) {
      Path data = present == null ? directory.resolve("new" + started) : present;
      try (ServedProcess server = start(data, cached)) {
        seconds[i] = server.awaitReadyNs() / 1e9;
        TimeUnit.SECONDS.sleep(IDLE_S);
        leastBytes = Math.min(leastBytes, server.residentBytes());
      }
    }
    Arrays.sort(seconds);
    table.row(
        what,
        cached ? "yes" : "no",
        TextTable.decimals(seconds[0], 2),
        TextTable.decimals(seconds[rounds / 2], 2),
        TextTable.whole(leastBytes / (double) (1 << 20)));
  }

  private ServedProcess start(Path data, boolean cached) throws IOException {
    int port = ServedProcess.freePort();
    List<String> words =
        List.of(command, "up", "--port", Integer.toString(port), "--data", data.toString());
    Map<String, String> environment =
        cached ? Map.of() : Map.of("THALWEG_JAVA_OPTS", "-XX:AOTMode=off");
    Path output = Files.createFile(directory.resolve("output" + started));
    started++;
    return ServedProcess.start(words, environment, -1, port, output);
  }
}
