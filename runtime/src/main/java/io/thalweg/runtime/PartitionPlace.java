package io.thalweg.runtime;

import io.thalweg.log.PartitionId;

/**
 * What a node does with a partition, as it tells other nodes.
 *
 * @param phase see {@link PartitionPhase}
 * @param position offset of the next event that it would apply, or write
 * @param epoch of its leadership; 0 unless it is {@link PartitionPhase#ACTIVE}
 * @param writtenLevel the contract level that is needed to read its log, as far as it is known here
 */
public record PartitionPlace(
    PartitionId id, PartitionPhase phase, long position, long epoch, int writtenLevel) {
  public PartitionPlace {
    epoch = phase == PartitionPhase.ACTIVE ? epoch : 0;
  }
}
