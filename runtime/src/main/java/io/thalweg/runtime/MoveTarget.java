package io.thalweg.runtime;

import io.thalweg.log.AppendListener;
import io.thalweg.log.Lineage;
import io.thalweg.log.Log;
import io.thalweg.log.PartitionId;
import io.thalweg.log.PartitionLog;
import io.thalweg.runtime.keys.SubjectKeys;

/** A log that many nodes share, to which {@link DataMove} brings what one node had alone. */
public interface MoveTarget extends AutoCloseable {
  /** Name of the cluster. */
  String cluster();

  /**
   * The number of partitions of a service, which is made if it is not there.
   *
   * @param wanted if it is not
   * @throws io.thalweg.log.LogException if it cannot be made
   */
  int partitionsOf(String service, int wanted);

  /** The log. */
  Log log();

  /**
   * Takes over a partition that nobody has written to yet; its first event is not at offset 0.
   *
   * @param firstOffset offset of the first event
   * @param lineage the history that begins
   * @throws io.thalweg.log.LogException if somebody else has written to it, or it must not be led
   */
  PartitionLog begin(
      PartitionId id,
      long firstOffset,
      Lineage lineage,
      int contractLevel,
      long logTimeUs,
      AppendListener listener);

  /** How many keys of what is sealed the cluster has. */
  long countKeys();

  /** Keeps keys of what is sealed, those that it has as well. They stay where they are. */
  void takeKeys(SubjectKeys keys);

  @Override
  void close();
}
