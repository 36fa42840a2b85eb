package io.thalweg.log;

import org.jspecify.annotations.Nullable;

/**
 * Reads the durable batches of one partition in order. Used by one thread at a time.
 *
 * <p>Never waits: at the durable end {@link #next()} answers null and may be called again after
 * {@link Log#onDurable} has spoken.
 */
public interface LogReader extends AutoCloseable {
  /**
   * The next batch that holds events at or after the start offset (the first one may begin below
   * it), or a barrier, or null at the durable end. The batch is valid until the next call.
   *
   * @throws LogCorruptException if bytes that were durable are not what was written
   */
  @Nullable Batch next();

  /** Where this reader stands: after the last batch that was returned. */
  LogCursor cursor();

  @Override
  void close();
}
