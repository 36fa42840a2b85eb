package io.thalweg.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The watchers of {@link StormBench}, in a process of their own: what they cost their client is not
 * in the figures of others. Commands are lines, each answered by one when it is done:
 *
 * <ul>
 *   <li>{@code open COUNT AT_ONCE PATH}: opens so many WebSockets of a path, at most so many at
 *       once
 *   <li>{@code messages COUNT}: reads until they have been sent so many, all together
 *   <li>{@code close}: breaks all connections
 * </ul>
 */
public final class StormCrowd implements AutoCloseable {
  private static final int LIMIT_S = 120;

  private final Process process;
  private final BufferedWriter commands;
  private final BufferedReader answers;

  private StormCrowd(Process process) {
    this.process = process;
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * Starts the process, with this one's flags of the JVM.
   *
   * @param prefix words before the command: where it is to run
   */
  static StormCrowd start(List<String> prefix, int port) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            StormCrowd.class.getName(),
            Integer.toString(port)));
    return new StormCrowd(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  void open(int count, int atOnce, String path) throws IOException {
    ask("open " + count + " " + atOnce + " " + path);
  }

  void awaitMessages(long count) throws IOException {
    ask("messages " + count);
  }

  void breakAll() throws IOException {
    ask("close");
  }

  private void ask(String command) throws IOException {
    commands.write(command + "\n");
    commands.flush();
    if (!"done".equals(answers.readLine())) {
      throw new IllegalStateException("the watchers' process failed at: " + command);
    }
  }

  @Override
  public void close() throws IOException {
    commands.close();
    process.destroy();
  }

  /** The process. Argument: the port. */
  public static void main(String[] args) throws IOException {
    int port = Integer.parseInt(args[0]);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    SocketCrowd crowd = new SocketCrowd(port);
    String line;
    while ((line = in.readLine()) != null) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "open" -> {
          crowd.close();
          crowd = new SocketCrowd(port, Integer.parseInt(words[2]));
          byte[][] greeting = {SocketCrowd.upgrade(words[3])};
          crowd.open(Integer.parseInt(words[1]), number -> greeting);
        }
        case "messages" -> {
          SocketCrowd open = crowd;
          long count = Long.parseLong(words[1]);
          open.run(LIMIT_S, () -> open.messages() >= count);
        }
        case "close" -> crowd.close();
        default -> throw new IllegalArgumentException(line);
      }
      System.out.println("done");
    }
    crowd.close();
  }
}
