package io.thalweg.runtime;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How much of its log a node keeps. What either of the two bounds keeps is kept, and beyond both of
 * them only what no checkpoint and no reader needs is removed: see {@link Retention}. Without one
 * nothing is ever removed.
 *
 * @param keepAge events younger than this are kept, by log time; 1 minute to 100 years; null if age
 *     says nothing
 * @param keepBytes the newest so many bytes of segment files are kept; 1 MiB to 1 PiB; 0 if size
 *     says nothing
 * @param every how often the node looks; 100 ms to 1 day
 * @param checkpoint how a checkpoint is taken when one is needed before segments may go
 */
public record LogRetention(
    @Nullable Duration keepAge, long keepBytes, Duration every, CheckpointOptions checkpoint) {
  private static final long MIN_KEEP_BYTES = 1L << 20;
  private static final long MAX_KEEP_BYTES = 1L << 50;
  private static final long MAX_KEEP_DAYS = 36_500;

  public LogRetention {
    if (keepAge == null && keepBytes == 0) {
      throw new IllegalArgumentException(
          "keepAge, keepBytes: one of them must be given; to keep everything set no retention");
    }
    if (keepAge != null
        && (keepAge.compareTo(Duration.ofMinutes(1)) < 0 || keepAge.toDays() > MAX_KEEP_DAYS)) {
      throw new IllegalArgumentException(
          "keepAge must be from 1 minute to %d days; got %s".formatted(MAX_KEEP_DAYS, keepAge));
    }
    if (keepBytes != 0 && (keepBytes < MIN_KEEP_BYTES || keepBytes > MAX_KEEP_BYTES)) {
      throw new IllegalArgumentException(
          "keepBytes must be within %d..%d; got %d"
              .formatted(MIN_KEEP_BYTES, MAX_KEEP_BYTES, keepBytes));
    }
    if (every.toMillis() < 100 || every.toDays() > 1) {
      throw new IllegalArgumentException("every must be from 100 ms to 1 day; got " + every);
    }
  }

  /** Looks every minute; checkpoints are replayed, at up to 64 MiB a second. */
  public static LogRetention of(@Nullable Duration keepAge, long keepBytes) {
    return new LogRetention(
        keepAge,
        keepBytes,
        Duration.ofMinutes(1),
        CheckpointOptions.DEFAULTS.withReplay(true).withBytesPerSecond(64L << 20));
  }

  public LogRetention withEvery(Duration interval) {
    return new LogRetention(keepAge, keepBytes, interval, checkpoint);
  }

  public LogRetention withCheckpoint(CheckpointOptions how) {
    return new LogRetention(keepAge, keepBytes, every, how);
  }

  /** Batches of this log time or later are kept. */
  long keepFromUs(long nowUs) {
    Duration age = keepAge;
    return age == null ? Long.MAX_VALUE : nowUs - TimeUnit.SECONDS.toMicros(age.toSeconds());
  }
}
