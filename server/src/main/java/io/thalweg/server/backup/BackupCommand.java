package io.thalweg.server.backup;

import io.thalweg.log.backup.BackupManifest;
import io.thalweg.log.backup.BackupRun;
import io.thalweg.runtime.DataRestore;
import io.thalweg.server.CommandFailed;
import io.thalweg.server.Progress;
import io.thalweg.server.load.RetryingHttp;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code thalweg backup}. */
@Command(
    name = "backup",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Backs up a running node into a directory: its log up to one durable position, which is"
          + " consistent across all partitions. Repeated, it copies only what is new; interrupted,"
          + " it is continued. Every backup in the directory stays restorable.",
      "",
      "Tables are not copied: they are made from the log. Of a node that has removed old log the"
          + " backup begins with a checkpoint.",
      "",
      "From the first backup on the node keeps, for the next one, what the directory does not hold"
          + " yet. 'thalweg readers' shows that and ends it."
    },
    footer = {
      "",
      "Example: back up now, and archive continuously until Ctrl-C or SIGTERM",
      "  thalweg backup /mnt/backup --url http://127.0.0.1:8080",
      "  thalweg backup /mnt/backup --url http://127.0.0.1:8080 --follow --every 1s"
    })
public final class BackupCommand implements Callable<Integer> {
  private static final long DEFAULT_PATIENCE_S = 60;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "DIR",
      description = "The backup directory. Made if it is not there.")
  Path directory = Path.of("");

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Where the node listens. Default: ${DEFAULT-VALUE}",
      defaultValue = "http://127.0.0.1:8080")
  URI url = URI.create("http://127.0.0.1:8080");

  @Option(
      names = "--follow",
      description = "Goes on: copies what has become durable, again and again, until it is ended.")
  boolean follow;

  @Option(
      names = "--every",
      paramLabel = "TIME",
      description = "With --follow: how often, such as 500ms, 1s or 5m. Default: 1s")
  @Nullable String every;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      description = "How long to wait for a node that is away or busy. Default: 60")
  long patienceS = DEFAULT_PATIENCE_S;

  @Option(
      names = "--release",
      description =
          "Then lets the node remove what it keeps for this directory: no backup will be made to"
              + " it again")
  boolean release;

  @Override
  public Integer call() throws IOException, InterruptedException {
    checkOptions();
    PrintWriter err = spec.commandLine().getErr();
    long everyMs = everyMs();
    long patienceMs = TimeUnit.SECONDS.toMillis(patienceS);
    try (RetryingHttp http =
            new RetryingHttp(
                // Archiving waits by itself, so that it can be ended at any time.
                follow ? 0 : patienceMs,
                problem -> {
                  if (!follow) {
                    err.println(problem + "; trying again");
                    err.flush();
                  }
                });
        BackupRun run =
            BackupRun.open(directory, new HttpBackupSource(http, url), DataRestore::checkBase)) {
      if (follow) {
        Archiving.follow(run, everyMs, patienceMs, spec.commandLine().getOut(), err);
      } else {
        once(run, err);
      }
      if (release) {
        run.release();
      }
    }
    return 0;
  }

  private void once(BackupRun run, PrintWriter err) throws IOException {
    long startNs = System.nanoTime();
    BackupManifest made;
    try (FirstKnown progress = new FirstKnown(err)) {
      made = run.run(progress::at);
    }
    double seconds = (System.nanoTime() - startNs) / 1e9;
    PrintWriter out = spec.commandLine().getOut();
    out.printf("backup           %12d  in %s%n", made.number(), directory);
    out.printf("up to            %s%n", RestoreCommand.time(made.cut().timeUs()));
    out.printf("bytes in it      %,12d%n", made.position());
    out.printf("copied now       %,12d%n", run.copiedBytes());
    out.printf("seconds          %12.2f%n", seconds);
    out.flush();
  }

  /** A progress whose size is known with the first call. */
  private static final class FirstKnown implements AutoCloseable {
    private final PrintWriter err;
    private @Nullable Progress progress;

    FirstKnown(PrintWriter err) {
      this.err = err;
    }

    void at(long bytes, long ofBytes) {
      Progress known = progress;
      if (known == null) {
        known = Progress.of("backup", ofBytes, err);
        progress = known;
      }
      known.at(bytes, "");
    }

    @Override
    public void close() {
      if (progress != null) {
        progress.close();
      }
    }
  }

  private void checkOptions() {
    if (!("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
        || url.getHost() == null) {
      throw usage("--url must be like http://127.0.0.1:8080; got '" + url + "'");
    }
    if (patienceS < 0 || patienceS > TimeUnit.DAYS.toSeconds(1)) {
      throw usage("--patience must be within 0..86400 seconds; got " + patienceS);
    }
    if (every != null && !follow) {
      throw usage("--every goes with --follow");
    }
    if (release && follow) {
      throw usage("--release does not go with --follow");
    }
    if (directory.toFile().isFile()) {
      throw new CommandFailed(directory + " is a file, not a backup directory");
    }
  }

  private long everyMs() {
    String text = every == null ? "1s" : every;
    String digits = text.replaceFirst("(ms|s|m)$", "");
    if (digits.matches("\\d{1,6}") && !digits.equals(text)) {
      long number = Long.parseLong(digits);
      String unit = text.substring(digits.length());
      long ms =
          switch (unit) {
            case "ms" -> number;
            case "s" -> TimeUnit.SECONDS.toMillis(number);
            default -> TimeUnit.MINUTES.toMillis(number);
          };
      if (ms >= 10 && ms <= TimeUnit.DAYS.toMillis(1)) {
        return ms;
      }
    }
    throw usage("--every must be within 10ms..1440m, such as 500ms, 1s or 5m; got '" + text + "'");
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
