package io.thalweg.log;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A node's way to its partitions' logs; one implementation per engine.
 *
 * <p>Thread-safe.
 */
public interface Log extends AutoCloseable {
  /** The partitions that this log holds events or barriers of, in natural order. */
  List<PartitionId> partitions();

  /**
   * Takes a partition over: appends a barrier under an epoch higher than any before and returns
   * when it is durable. A partition that the log does not hold yet begins here, at offset 0.
   *
   * @param contractLevel the level of the service's contract that this leader writes
   * @param logTimeUs log time of the barrier, microseconds since 1970; not before the partition's
   *     last
   * @param listener hears what becomes of the appends; called on the engine's thread, must not
   *     block
   * @throws LogException if the barrier cannot be made durable
   */
  PartitionLog lead(PartitionId id, int contractLevel, long logTimeUs, AppendListener listener);

  /**
   * Learns what other processes have appended to a partition, up to its end as it is now, so that
   * readers see it. Waits for the engine; does nothing where this process is the only writer.
   *
   * @throws LogException if the engine cannot be reached, or has lost what was durable
   */
  default void catchUp(PartitionId id) {}

  /**
   * Whether what this process has not read yet of a partition was removed by another one: it cannot
   * go on from where it is, and begins again from a checkpoint.
   */
  default boolean isCutOff(PartitionId id) {
    return false;
  }

  /**
   * Reads a partition from an offset on.
   *
   * @throws OffsetOutOfRangeException if {@code fromOffset} is negative, beyond the durable end, or
   *     was removed: below {@link #startOffset}
   */
  LogReader read(PartitionId id, long fromOffset);

  /**
   * Reads a partition from where a cursor stands, and checks that the log continues it: same log,
   * same chain.
   *
   * @throws CursorMismatchException if it does not; what was derived up to the cursor must then be
   *     dropped and rebuilt from offset 0
   * @throws OffsetOutOfRangeException if what follows it was removed
   */
  LogReader read(PartitionId id, LogCursor from);

  /** The identity of this log. */
  UUID logId();

  /**
   * The first offset that the log can be read from; 0 unless segments were removed. Events below it
   * are gone.
   */
  long startOffset(PartitionId id);

  /** The offset after the last durable event of a partition; 0 if the log does not hold it. */
  long durableOffset(PartitionId id);

  /** Log time of the last durable batch of a partition; 0 if there is none. */
  long lastLogTimeUs(PartitionId id);

  /** The lineages of a partition, oldest first; never empty. */
  List<Lineage> lineages(PartitionId id);

  /**
   * The first offset whose batch has a log time of {@code logTimeUs} or later; the durable end if
   * there is none.
   */
  long offsetAt(PartitionId id, long logTimeUs);

  /**
   * Removes whole segments from the front, as far as a request allows, and says why the next one
   * stays. Reads what it removes once more. Open readers are not cut off. On the calling thread.
   *
   * @throws LogCorruptException if a segment that was to go is damaged: nothing was removed
   * @throws LogException if the files cannot be written; what was removed stays removed
   */
  Trimmed trim(TrimRequest request);

  /**
   * What keeps the first segment, as far as that can be told without reading it; null if {@link
   * #trim} may remove it.
   */
  @Nullable String trimBlocker(TrimRequest request);

  /**
   * Runs {@code listener} whenever durable events were added to a partition, on the engine's
   * thread; it must not block. It is not run for events that are already there.
   *
   * @return ends the registration when closed
   */
  Registration onDurable(PartitionId id, Runnable listener);

  /** What an operator wants to know. */
  LogStatus status();

  /**
   * Why nothing can be appended or read just now although the log is whole, such as an engine out
   * of reach; null if all is well. It passes by itself. Any thread; cheap, does not wait.
   */
  default @Nullable String trouble() {
    return null;
  }

  /** Makes everything durable that was appended, publishes the durable position and closes. */
  @Override
  void close();

  /** A registered listener. */
  interface Registration extends AutoCloseable {
    @Override
    void close();
  }
}
