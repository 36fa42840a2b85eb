package io.thalweg.crashtest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/** When a node under load is killed. */
enum Moment {
  /** At any time. */
  ANY(4),
  /** When the next segment's file appears, or gets its name. */
  SEGMENT_ROLL(3),
  /** When a file of tables appears, at the end of a drain. */
  TABLE_FLUSH(3),
  /** While it drains after SIGTERM. */
  DRAIN(1),
  /** During the start before, which is killed at any time; then as {@link #ANY}. */
  START(1),
  /** During the start before, when it replaces or follows the last segment; then as ANY. */
  RECOVERY(1);

  private static final int MAX_WRITES_BEFORE = 80;
  private static final Duration WRITES_LIMIT = Duration.ofSeconds(10);
  private static final long MAX_LOAD_MS = 100;
  private static final long AIM_LIMIT_MS = 5000;
  private static final long LOOK_EVERY_NS = 200_000;
  private static final long MAX_DELAY_US = 3000;

  private final int weight;

  Moment(int weight) {
    this.weight = weight;
  }

  /** One of them, by their weights. */
  static Moment draw(RandomGenerator random) {
    int total = 0;
    for (Moment moment : values()) {
      total += moment.weight;
    }
    int left = random.nextInt(total);
    for (Moment moment : values()) {
      left -= moment.weight;
      if (left < 0) {
        return moment;
      }
    }
    return ANY;
  }

  boolean isInStart() {
    return this == START || this == RECOVERY;
  }

  /** Waits under load; false if what was aimed at did not happen in time. */
  boolean await(NodeProcess node, Workload workload, Path data, RandomGenerator random)
      throws IOException, InterruptedException {
    // By writes and not by time alone, so that a slow machine has its load too.
    boolean loaded =
        workload.awaitWrites(workload.writes() + random.nextInt(MAX_WRITES_BEFORE), WRITES_LIMIT);
    TimeUnit.MILLISECONDS.sleep(random.nextLong(MAX_LOAD_MS));
    boolean met =
        switch (this) {
          case SEGMENT_ROLL -> awaitNewFile(data.resolve("log"), ".segment", ".tmp");
          case TABLE_FLUSH -> {
            Set<Path> before = files(data.resolve("state"), ".sst");
            node.beginToStop();
            yield awaitNewFile(before, data.resolve("state"), ".sst");
          }
          case DRAIN -> {
            node.beginToStop();
            yield true;
          }
          case ANY, START, RECOVERY -> true;
        };
    pause(random);
    return met && loaded;
  }

  /**
   * Waits during a start until it is time to kill it.
   *
   * @param readyAfterMs how long starts take
   */
  boolean awaitInStart(Path data, RandomGenerator random, long readyAfterMs)
      throws IOException, InterruptedException {
    boolean met = true;
    if (this == RECOVERY) {
      met = awaitNewFile(data.resolve("log"), ".tmp", ".index");
    } else {
      TimeUnit.MILLISECONDS.sleep(random.nextLong(readyAfterMs));
    }
    pause(random);
    return met;
  }

  private static void pause(RandomGenerator random) {
    if (random.nextBoolean()) {
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextLong(MAX_DELAY_US)));
    }
  }

  private static boolean awaitNewFile(Path folder, String... endings) throws IOException {
    return awaitNewFile(files(folder, endings), folder, endings);
  }

  private static boolean awaitNewFile(Set<Path> before, Path folder, String... endings)
      throws IOException {
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(AIM_LIMIT_MS);
    while (System.nanoTime() - endNs < 0) {
      if (!before.containsAll(files(folder, endings))) {
        return true;
      }
      LockSupport.parkNanos(LOOK_EVERY_NS);
    }
    return false;
  }

  private static Set<Path> files(Path folder, String... endings) throws IOException {
    Set<Path> files = new HashSet<>();
    for (String ending : List.of(endings)) {
      files.addAll(Folder.files(folder, ending));
    }
    return files;
  }
}
