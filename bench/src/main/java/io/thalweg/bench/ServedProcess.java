package io.thalweg.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server that a benchmark started, in a process of its own on the loopback address. */
final class ServedProcess implements AutoCloseable {
  private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");
  private static final long START_LIMIT_S = 120;
  private static final long STOP_LIMIT_S = 60;
  private static final int PROBE_TIMEOUT_MS = 5000;
  private static final long PROBE_PAUSE_MS = 2;

  private final Process process;
  private final Path output;
  private final int port;
  private final long startNs;

  private ServedProcess(Process process, Path output, int port, long startNs) {
    this.process = process;
    this.output = output;
    this.port = port;
    this.startNs = startNs;
  }

  /**
   * Starts a server and returns at once.
   *
   * @param core to pin it to; -1 for none
   * @param output takes what it prints
   */
  static ServedProcess start(
      List<String> command, Map<String, String> environment, int core, int port, Path output)
      throws IOException {
    List<String> words = new ArrayList<>();
    if (core >= 0) {
      words.addAll(List.of("taskset", "-c", Integer.toString(core)));
    }
    words.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    long startNs = System.nanoTime();
    return new ServedProcess(builder.start(), output, port, startNs);
  }

  /** A port that nobody listens on now. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  int port() {
    return port;
  }

  /**
   * Sends {@code probe} on new connections until the answer begins with {@code wanted}; returns the
   * time since the process was started.
   *
   * @throws IllegalStateException if it ends before, or takes longer than two minutes
   */
  long awaitAnswerNs(String probe, String wanted) throws IOException, InterruptedException {
    while (!answer(probe, wanted).startsWith(wanted)) {
      boolean late = System.nanoTime() - startNs > TimeUnit.SECONDS.toNanos(START_LIMIT_S);
      if (late || !process.isAlive()) {
        throw new IllegalStateException(
            "it did not start; it printed:\n" + Files.readString(output));
      }
      Thread.sleep(PROBE_PAUSE_MS);
    }
    return System.nanoTime() - startNs;
  }

  private String answer(String probe, String wanted) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      socket.setSoTimeout(PROBE_TIMEOUT_MS);
      socket.getOutputStream().write(probe.getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      return new String(in.readNBytes(wanted.length()), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return ""; // not listening yet
    }
  }

  /** Waits until {@code /readyz} says 200, and returns the time since the start. */
  long awaitReadyNs() throws IOException, InterruptedException {
    return awaitAnswerNs(
        "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 200");
  }

  /** Processor time that it has taken so far, in seconds. */
  double cpuSeconds() {
    return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }

  /** Resident memory in bytes. */
  long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        String[] words = line.split("\\s+", -1);
        return Long.parseLong(words[1]) << 10;
      }
    }
    throw new IllegalStateException("no VmRSS of process " + process.pid());
  }

  /** Has a JVM collect all garbage, and give memory back that it does not use. */
  void collectGarbage() throws IOException, InterruptedException {
    jcmd("GC.run");
    jcmd("GC.run");
  }

  /** Bytes of a JVM's heap that are in use; what can be reached, after {@link #collectGarbage}. */
  long liveHeapBytes() throws IOException, InterruptedException {
    Matcher m = HEAP_USED.matcher(jcmd("GC.heap_info"));
    if (!m.find()) {
      throw new IllegalStateException("jcmd tells no size of the heap");
    }
    return Long.parseLong(m.group(1)) << 10;
  }

  private String jcmd(String what) throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(process.pid()),
                what)
            .redirectErrorStream(true)
            .start();
    String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (jcmd.waitFor() != 0) {
      throw new IllegalStateException("jcmd " + what + ": " + said);
    }
    return said;
  }

  /** Sends SIGTERM and waits for the end; kills it if that takes too long. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (process.waitFor(STOP_LIMIT_S, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
