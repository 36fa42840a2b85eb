package io.thalweg.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Runs redis-benchmark or wrk on a core of its own and reads what it printed. */
final class LoadGenerator {
  private static final double TICKS_PER_SECOND = 100;
  private static final int CHILDREN_USER_TICKS = 13;

  private LoadGenerator() {}

  /**
   * What a run gave.
   *
   * @param cpu share of its core that the generator used, 0 to 1
   */
  record Run(
      double requestsPerSecond,
      double p50Ms,
      double p99Ms,
      double p999Ms,
      double cpu,
      double requests) {
    Run(double requestsPerSecond, double p50Ms, double p99Ms, double cpu) {
      this(requestsPerSecond, p50Ms, p99Ms, Double.NaN, cpu, Double.NaN);
    }

    Run withoutLatency() {
      return new Run(requestsPerSecond, Double.NaN, Double.NaN, cpu);
    }

    /** With the number of requests, of a run that took so long. */
    Run over(double seconds) {
      return new Run(requestsPerSecond, p50Ms, p99Ms, p999Ms, cpu, requestsPerSecond * seconds);
    }
  }

  /** A run of redis-benchmark with {@code --csv} among its words. */
  static Run redis(int core, List<String> words) throws IOException, InterruptedException {
    Finished finished = finish(core, words);
    String[] lines = finished.output().strip().split("\n", -1);
    String last = lines[lines.length - 1];
    // "test","rps","avg","min","p50","p95","p99","max"; the name of the test has commas, too.
    String[] cells = last.substring(1, last.length() - 1).split("\",\"", -1);
    int end = cells.length;
    return new Run(
        Double.parseDouble(cells[end - 7]),
        Double.parseDouble(cells[end - 4]),
        Double.parseDouble(cells[end - 2]),
        finished.cpu());
  }

  /**
   * A run of wrk with {@code --latency} among its words.
   *
   * @throws IllegalStateException if a request was answered with an error
   */
  static Run wrk(int core, List<String> words) throws IOException, InterruptedException {
    Finished finished = finish(core, words);
    double perSecond = 0;
    double p50 = 0;
    double p99 = 0;
    double p999 = Double.NaN;
    for (String line : finished.output().split("\n", -1)) {
      String[] cells = line.strip().split("\\s+", -1);
      switch (cells[0]) {
        case "Requests/sec:" -> perSecond = Double.parseDouble(cells[1]);
        case "50%" -> p50 = ms(cells[1]);
        case "99%" -> p99 = ms(cells[1]);
        case "99.9%" -> p999 = ms(cells[1]);
        case "Non-2xx", "Socket" -> throw new IllegalStateException(finished.output());
        default -> {}
      }
    }
    return new Run(perSecond, p50, p99, p999, finished.cpu(), Double.NaN);
  }

  /**
   * A run of h2load that writes the time of each request to a file.
   *
   * @throws IllegalStateException if a request failed
   */
  static Run h2load(int core, List<String> words, Path times)
      throws IOException, InterruptedException {
    Finished finished = finish(core, words);
    double perSecond = 0;
    for (String line : finished.output().split("\n", -1)) {
      String[] cells = line.strip().split("[\\s,]+", -1);
      if (line.startsWith("finished in")) {
        perSecond = Double.parseDouble(cells[3]);
      } else if (line.startsWith("status codes:") && !cells[2].matches("[1-9]\\d*")) {
        throw new IllegalStateException(finished.output());
      }
    }
    Histogram tookUs = new Histogram(60_000_000L, 3);
    for (String line : Files.readAllLines(times)) {
      tookUs.recordValue(Long.parseLong(line.substring(line.lastIndexOf('\t') + 1)));
    }
    return new Run(
        perSecond,
        tookUs.getValueAtPercentile(50) / 1e3,
        tookUs.getValueAtPercentile(99) / 1e3,
        tookUs.getValueAtPercentile(99.9) / 1e3,
        finished.cpu(),
        Double.NaN);
  }

  private static double ms(String time) {
    if (time.endsWith("us")) {
      return Double.parseDouble(time.substring(0, time.length() - 2)) / 1e3;
    }
    if (time.endsWith("ms")) {
      return Double.parseDouble(time.substring(0, time.length() - 2));
    }
    return Double.parseDouble(time.substring(0, time.length() - 1)) * 1e3;
  }

  private record Finished(String output, double cpu) {}

  private static Finished finish(int core, List<String> words)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("taskset", "-c", Integer.toString(core)));
    command.addAll(words);
    double cpuBefore = childrenCpuSeconds();
    long start = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exitCode = process.waitFor();
    double seconds = (System.nanoTime() - start) / 1e9;
    if (exitCode != 0) {
      throw new IllegalStateException(String.join(" ", words) + "\n" + output);
    }
    return new Finished(output, (childrenCpuSeconds() - cpuBefore) / seconds);
  }

  /** Processor time of child processes that have ended. */
  private static double childrenCpuSeconds() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    // After the name, which may have spaces: state, and then numbers.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    long ticks =
        Long.parseLong(fields[CHILDREN_USER_TICKS])
            + Long.parseLong(fields[CHILDREN_USER_TICKS + 1]);
    return ticks / TICKS_PER_SECOND;
  }
}
