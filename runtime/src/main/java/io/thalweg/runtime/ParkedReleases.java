package io.thalweg.runtime;

import com.google.rpc.Code;
import io.thalweg.log.PartitionId;
import org.jctools.queues.SpscArrayQueue;

/**
 * The replies of a partition that wait until what they saw is durable, in order and bounded. The
 * partition's thread parks them, the reply thread releases them.
 */
final class ParkedReleases {
  static final int MAX_RELEASES = 1024;

  private static final long RETRY_MS = 500;

  private final SpscArrayQueue<Release> waiting = new SpscArrayQueue<>(MAX_RELEASES);

  /** False if there is no room. The partition's thread. */
  boolean park(Release release) {
    return waiting.offer(release);
  }

  boolean hasRoom() {
    return waiting.size() < MAX_RELEASES;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /**
   * Releases those below {@code durable} for which {@code confirmed} appends are enough; if the log
   * has failed, tells the others that their outcome is unknown. The reply thread.
   *
   * @return whether there were any
   */
  boolean release(
      long durable,
      long confirmed,
      boolean logFailed,
      int lineage,
      PartitionId id,
      PartitionMetrics metrics,
      NodeContext node) {
    boolean released = false;
    for (Release next = waiting.peek(); next != null; next = waiting.peek()) {
      if (next.afterOffset() <= durable && next.afterBatches() <= confirmed) {
        waiting.poll();
        next.release(
            new Position(lineage, id.index(), next.afterOffset() - 1),
            metrics,
            node.scans(),
            node.host().nanoTime());
        node.replies().notices().tell(next.told());
      } else if (logFailed) {
        waiting.poll();
        next.outcomeUnknown(
            Failure.retryable(
                Code.UNAVAILABLE,
                "the outcome is unknown: the log failed before it was durable; ask again, a named"
                    + " request is executed at most once",
                RETRY_MS));
      } else {
        break;
      }
      released = true;
    }
    return released;
  }
}
