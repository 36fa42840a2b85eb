package io.thalweg.log;

import java.util.List;

/**
 * Where a partition stands after one of its batches: all that is needed to continue it.
 *
 * @param number the partition's number in this log, from 1
 * @param epoch epoch of the last batch
 * @param lastCrc CRC of the last batch
 * @param nextOffset offset of the next event
 * @param logTimeUs log time of the last batch
 * @param position position in the log after the last batch
 * @param lineages oldest first; the last one is being written
 */
record PartitionTail(
    PartitionId id,
    int number,
    long epoch,
    int lastCrc,
    long nextOffset,
    long logTimeUs,
    long position,
    List<Lineage> lineages) {

  Lineage lineage() {
    return lineages.get(lineages.size() - 1);
  }
}
