package io.thalweg.runtime;

/**
 * How a checkpoint is taken.
 *
 * @param replay whether the rows are also made again from the log and compared: {@link
 *     io.thalweg.runtime.checkpoint.Checkpoint.Proof#REPLAYED}; takes as long as the replay of what
 *     the log holds since the checkpoint before
 * @param bytesPerSecond the most that is written and read back, 64 KiB to 1 TiB
 */
public record CheckpointOptions(boolean replay, long bytesPerSecond) {
  private static final long MIN_BYTES_PER_SECOND = 64 << 10;
  private static final long MAX_BYTES_PER_SECOND = 1L << 40;

  /** Read back, not replayed; as fast as it goes. */
  public static final CheckpointOptions DEFAULTS =
      new CheckpointOptions(false, MAX_BYTES_PER_SECOND);

  public CheckpointOptions {
    if (bytesPerSecond < MIN_BYTES_PER_SECOND || bytesPerSecond > MAX_BYTES_PER_SECOND) {
      throw new IllegalArgumentException(
          "bytesPerSecond must be within %d..%d; got %d"
              .formatted(MIN_BYTES_PER_SECOND, MAX_BYTES_PER_SECOND, bytesPerSecond));
    }
  }

  public CheckpointOptions withReplay(boolean wanted) {
    return new CheckpointOptions(wanted, bytesPerSecond);
  }

  public CheckpointOptions withBytesPerSecond(long bytes) {
    return new CheckpointOptions(replay, bytes);
  }
}
