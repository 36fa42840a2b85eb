package io.thalweg.server.load;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how far a load is, on standard error. Used by one thread. */
interface Progress extends AutoCloseable {

  /**
   * @param readBytes of the file, as it lies on disk
   * @param rows up to where it is loaded
   */
  void at(long readBytes, long rows);

  /** Says a line beside it. */
  void say(String line);

  @Override
  void close();

  /** A bar for a person at a terminal, else a line now and then for a log. */
  static Progress of(String task, long sizeBytes, boolean terminal, PrintWriter err) {
    return terminal ? new Bar(task, sizeBytes, err) : new Lines(task, sizeBytes, err);
  }

  /** A progress bar. */
  final class Bar implements Progress {
    private final ProgressBar bar;
    private final PrintWriter err;

    Bar(String task, long sizeBytes, PrintWriter err) {
      this.err = err;
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(Math.max(sizeBytes, 1))
              .setUnit(" KiB", 1024)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(100)
              .setConsumer(new ConsoleProgressBarConsumer(System.err))
              .build();
    }

    @Override
    public void at(long readBytes, long rows) {
      bar.stepTo(readBytes);
      bar.setExtraMessage("%,d rows".formatted(rows));
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
    public void at(long readBytes, long rows) {
      if (System.nanoTime() - lastNs >= INTERVAL_NS) {
        lastNs += TimeUnit.SECONDS.toNanos(10);
        say("%s: %,d rows, %d %%".formatted(task, rows, readBytes * 100 / sizeBytes));
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
