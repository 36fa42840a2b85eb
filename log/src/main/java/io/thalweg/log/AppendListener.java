package io.thalweg.log;

/**
 * Hears what becomes of a leader's appends.
 *
 * <p>Called on the engine's thread, in order; an implementation hands the news on and returns. It
 * must not block, append or close.
 */
public interface AppendListener {
  /** Every event below {@code endOffset} is durable. */
  void durable(long endOffset);

  /**
   * The first {@code batches} appends of this leadership are durable, those without events counted
   * as well. Called only where {@link PartitionLog#isShared()}, after {@link #durable}.
   */
  default void confirmed(long batches) {}

  /**
   * An append failed. The leadership has ended: nothing more becomes durable through it. What was
   * appended and not reported durable may or may not be found when the log is opened again.
   */
  void failed(LogException cause);
}
