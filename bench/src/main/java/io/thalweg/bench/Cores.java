package io.thalweg.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Gives threads of this process cores of their own, so that a load does not take the processor of
 * what it loads although both are in one process. Linux alone, by {@code taskset}.
 */
final class Cores {
  private Cores() {}

  /** Puts the calling thread onto a core. Threads that it starts later inherit this. */
  static void take(int core) {
    pin(Path.of("/proc/thread-self").toAbsolutePath(), core);
  }

  /** Puts every thread that there is onto a core; those that they start later inherit it. */
  static void takeAll(int core) throws IOException {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        pin(thread, core);
      }
    }
  }

  private static void pin(Path thread, int core) {
    try {
      String id = thread.toRealPath().getFileName().toString();
      Process taskset =
          new ProcessBuilder("taskset", "-p", "-c", Integer.toString(core), id)
              .redirectErrorStream(true)
              .start();
      String said = new String(taskset.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (taskset.waitFor() != 0 && Files.exists(thread)) {
        throw new IllegalStateException("taskset: " + said);
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot pin a thread: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
