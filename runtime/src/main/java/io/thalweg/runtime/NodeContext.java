package io.thalweg.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.host.Host;
import io.thalweg.log.Log;
import io.thalweg.runtime.checkpoint.CheckpointSource;
import io.thalweg.runtime.keys.KeyRing;
import io.thalweg.state.Store;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a partition needs of its node. Thread-safe. */
interface NodeContext {
  NodeOptions options();

  Host host();

  LogClock clock();

  Store store();

  /** Which partitions this node should lead. */
  Leadership leadership();

  /** Sends on what is led elsewhere; null if there are no other nodes. */
  @Nullable Forwarding forwarding();

  /** The keys of what is sealed. */
  KeyRing keys();

  /** Where the rows of a partition can be taken from, in the order in which they are tried. */
  List<CheckpointSource> checkpoints();

  ReplyThread replies();

  ScanThreads scans();

  MeterRegistry meters();

  /** What makes the calls that services ask for; null if nothing does. */
  @Nullable EffectSetup effects();

  /** Follows what followed requests cause. */
  Tracing tracing();

  /** Where messages go. */
  Routes routes();

  /**
   * The open log; waits while it is being opened again after a failure.
   *
   * @return null if the node closes
   */
  @Nullable Log awaitLog(Partition partition);

  /** A partition no longer uses the log and the store: it has failed, stopped or closed. */
  void letGo(Partition partition);

  /** The store cannot be read: every partition is to let go of it, and it is made again. */
  void tablesDamaged();

  /** A partition has moved to another phase. */
  void phaseChanged();
}
