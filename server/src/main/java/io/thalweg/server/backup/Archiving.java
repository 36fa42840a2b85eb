package io.thalweg.server.backup;

import io.thalweg.log.backup.BackupException;
import io.thalweg.log.backup.BackupManifest;
import io.thalweg.log.backup.BackupRun;
import io.thalweg.server.CommandFailed;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Continuous archiving: a backup again and again, until SIGTERM or Ctrl-C. A backup that fails is
 * said once and tried again, since the node or the disk may come back.
 */
final class Archiving {
  /** A manifest is made this often also if nothing has changed: it says how far time is covered. */
  private static final long MAX_AGE_US = TimeUnit.MINUTES.toMicros(1);

  private static final long STOP_LIMIT_S = 30;

  private Archiving() {}

  /**
   * Runs until the process is told to end; the process then ends with 0 when the run that was under
   * way is over.
   *
   * @param patienceMs how long the node may be away before the first backup
   * @throws BackupException if directory and node do not go together
   */
  static void follow(BackupRun run, long everyMs, long patienceMs, PrintWriter out, PrintWriter err)
      throws IOException, InterruptedException {
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    Thread hook = new Thread(() -> stop(stop, stopped, out), "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      loop(run, everyMs, patienceMs, stop, out, err);
    } finally {
      stopped.countDown();
    }
  }

  private static void loop(
      BackupRun run,
      long everyMs,
      long patienceMs,
      CountDownLatch stop,
      PrintWriter out,
      PrintWriter err)
      throws IOException, InterruptedException {
    long startNs = System.nanoTime();
    boolean begun = false;
    boolean failing = false;
    do {
      try {
        BackupManifest made = run.archive(MAX_AGE_US, (at, of) -> {});
        if (made != null && (!begun || failing)) {
          out.printf(
              "Archiving: backup %d holds %,d bytes, up to %s.%n",
              made.number(), made.position(), RestoreCommand.time(made.cut().timeUs()));
          out.flush();
        }
        begun = true;
        failing = false;
      } catch (BackupException e) {
        throw e;
      } catch (IOException | CommandFailed e) {
        long waitedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
        if (!begun && waitedMs >= patienceMs) {
          throw e;
        }
        if (!failing) {
          err.println("thalweg: " + e.getMessage() + "; trying on");
          err.flush();
        }
        failing = true;
      }
    } while (!stop.await(everyMs, TimeUnit.MILLISECONDS));
  }

  /** A JVM that a signal ends would exit with 128 and more: halt says that all went well. */
  private static void stop(CountDownLatch stop, CountDownLatch stopped, PrintWriter out) {
    if (stopped.getCount() == 0) {
      return; // it ends by itself, with an exit code of its own
    }
    stop.countDown();
    int exitCode = 1;
    try {
      if (stopped.await(STOP_LIMIT_S, TimeUnit.SECONDS)) {
        out.println("Archiving has stopped.");
        exitCode = 0;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    out.flush();
    Runtime.getRuntime().halt(exitCode);
  }
}
