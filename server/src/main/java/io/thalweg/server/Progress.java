package io.thalweg.server;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how far long work is, on standard error. Used by one thread. */
public interface Progress extends AutoCloseable {

  /**
   * @param doneBytes of the bytes that there are to do
   * @param note what else there is to say, for example how many rows
   */
  void at(long doneBytes, String note);

  /** Says a line beside it. */
  void say(String line);

  @Override
  void close();

  /** Shows nothing. */
  Progress NONE =
      new Progress() {
        @Override
        public void at(long done, String note) {}

        @Override
        public void say(String line) {}

        @Override
        public void close() {}
      };

  /** A bar for a person at a terminal, else a line now and then for a log. */
  static Progress of(String task, long sizeBytes, PrintWriter err) {
    return isTerminal()
        ? new Bar(task, sizeBytes, " KiB", 1024, err)
        : new Lines(task, sizeBytes, err);
  }

  /** As {@link #of}, of things that are counted. */
  static Progress ofCount(String task, long count, PrintWriter err) {
    return isTerminal() ? new Bar(task, count, "", 1, err) : new Lines(task, count, err);
  }

  @SuppressWarnings("SystemConsoleNull") // it is null in JDK 25 where there is no terminal
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** A progress bar. */
  final class Bar implements Progress {
    private final ProgressBar bar;
    private final PrintWriter err;

    Bar(String task, long sizeBytes, String unit, int unitSize, PrintWriter err) {
      this.err = err;
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(Math.max(sizeBytes, 1))
              .setUnit(unit, unitSize)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(100)
              .setConsumer(new ConsoleProgressBarConsumer(System.err))
              .build();
    }

    @Override
    public void at(long doneBytes, String note) {
      bar.stepTo(doneBytes);
      bar.setExtraMessage(note);
    }

    @Override
    public void say(String line) {
      err.println();
      err.println(line);
      err.flush();
    }

    @Override
    public void close() {
      bar.close();
    }
  }

  /** A line every ten seconds. */
  final class Lines implements Progress {
    private static final long INTERVAL_NS = Duration.ofSeconds(10).toNanos();

    private final String task;
    private final long sizeBytes;
    private final PrintWriter err;
    private long lastNs = System.nanoTime();

    Lines(String task, long sizeBytes, PrintWriter err) {
      this.task = task;
      this.sizeBytes = Math.max(sizeBytes, 1);
      this.err = err;
    }

    @Override
    public void at(long doneBytes, String note) {
      if (System.nanoTime() - lastNs >= INTERVAL_NS) {
        lastNs += TimeUnit.SECONDS.toNanos(10);
        say("%s: %d %% %s".formatted(task, doneBytes * 100 / sizeBytes, note));
      }
    }

    @Override
    public void say(String line) {
      err.println(line);
      err.flush();
    }

    @Override
    public void close() {}
  }
}
