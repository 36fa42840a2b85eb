package io.thalweg.log;

import java.util.List;

/**
 * Where one partition stands at a cut.
 *
 * @param endOffset offset after its last event
 * @param logTimeUs log time of its last batch, microseconds since 1970
 * @param lineages oldest first
 */
public record PartitionCut(PartitionId id, long endOffset, long logTimeUs, List<Lineage> lineages) {
  public PartitionCut {
    lineages = List.copyOf(lineages);
  }
}
