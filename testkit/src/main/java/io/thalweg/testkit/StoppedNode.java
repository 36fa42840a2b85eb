package io.thalweg.testkit;

import io.thalweg.log.Log;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.TableVerifier;
import io.thalweg.state.MemoryStore;
import java.util.List;
import java.util.function.ToIntFunction;

/** A simulated node after its clean stop: its log and its tables. */
public final class StoppedNode {
  private final Log log;
  private final MemoryStore tables;
  private final List<ServiceType> services;
  private final ToIntFunction<String> partitions;

  StoppedNode(
      Log log, MemoryStore tables, List<ServiceType> services, ToIntFunction<String> partitions) {
    this.log = log;
    this.tables = tables;
    this.services = services;
    this.partitions = partitions;
  }

  /** The partitions that the log holds. */
  public List<PartitionId> partitions() {
    return log.partitions();
  }

  /** All batches of a partition; to be closed. */
  public LogReader read(PartitionId id) {
    return log.read(id, 0);
  }

  /** The offset after the partition's last event. */
  public long endOffset(PartitionId id) {
    return log.durableOffset(id);
  }

  /** Rebuilds all tables from the log, and compares them with those that the node left. */
  public List<TableVerifier.Result> verifyTables() {
    return TableVerifier.verify(
        log, tables, new MemoryStore(tables.options()), partitions, services, text -> {});
  }
}
