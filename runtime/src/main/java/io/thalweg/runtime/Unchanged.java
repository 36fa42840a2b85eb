package io.thalweg.runtime;

import io.thalweg.log.PartitionLog;

/**
 * When answers may leave that changed nothing: once what they saw is durable. Where another node
 * may have taken the partition over unheard, they wait until an empty batch is durable that was
 * appended after them. All that come while one is on its way share the next one, so that reads cost
 * the log no more than one record at a time. The partition's thread.
 */
final class Unchanged {
  private final Partition partition;
  private final PartitionLog log;
  private final LogClock clock;
  private long appended;
  private long confirming;

  Unchanged(Partition partition, PartitionLog log, LogClock clock) {
    this.partition = partition;
    this.log = log;
    this.clock = clock;
  }

  /** A batch was appended. */
  void appended() {
    appended++;
  }

  /** Whether answers that wait may be parked now; they are many if they are not. */
  boolean mayPark() {
    return !log.isShared() || partition.confirmed() >= confirming;
  }

  /** Parks answers; no batch is open. */
  void park(Release release) {
    if (log.isShared()) {
      log.append(log.begin(clock.nowUs()));
      appended++;
      confirming = appended;
      partition.park(release, log.endOffset(), appended);
    } else {
      partition.park(release, log.endOffset(), 0);
    }
  }
}
