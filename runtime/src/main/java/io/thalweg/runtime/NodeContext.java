package io.thalweg.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.log.Log;
import io.thalweg.state.Store;
import org.jspecify.annotations.Nullable;

/** What a partition needs of its node. Thread-safe. */
interface NodeContext {
  NodeOptions options();

  LogClock clock();

  Store store();

  ReplyThread replies();

  ScanThreads scans();

  MeterRegistry meters();

  /**
   * The open log; waits while it is being opened again after a failure.
   *
   * @return null if the node closes
   */
  @Nullable Log awaitLog(Partition partition);

  /** A partition has let go of the log after a failure. */
  void partitionFailed(Partition partition);

  /** A partition has moved to another phase. */
  void phaseChanged();
}
