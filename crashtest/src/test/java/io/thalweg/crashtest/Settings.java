package io.thalweg.crashtest;

import java.nio.file.Path;
import java.util.random.RandomGenerator;

/**
 * What can be chosen on the command line, as system properties.
 *
 * <pre>
 *   crash.rounds         kills of KillRoundsTest; default 100
 *   crash.seed           of the first round, the next one has the next; default: drawn
 *   crash.pause.seconds  how long PauseTest stops a node; default 3
 * </pre>
 */
final class Settings {
  private static final long SEED =
      Long.getLong("crash.seed", RandomGenerator.getDefault().nextInt(1, Integer.MAX_VALUE));

  private Settings() {}

  static int rounds() {
    return Integer.getInteger("crash.rounds", 100);
  }

  static long seed() {
    return SEED;
  }

  static int pauseSeconds() {
    return Integer.getInteger("crash.pause.seconds", 3);
  }

  /** A new place for a test's files: a data directory, and what its nodes said. */
  static Path folder(String name) {
    return Path.of("target", "crash", name + "-" + SEED).toAbsolutePath();
  }
}
