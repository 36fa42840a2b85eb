package io.thalweg.log;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A builder with what the writer must know of its batch. One leader uses it again and again. */
final class PendingBatch {
  final Leader leader;
  final BatchBuilder builder = new BatchBuilder();

  /** What the batch leaves the partition at; its position is for the writer to fill in. */
  long epoch;

  int crc;
  long firstOffset;
  long nextOffset;
  long logTimeUs;
  List<Lineage> lineages = List.of();
  boolean barrier;
  @Nullable ByteBuffer bytes;

  /** Where the writer has put it, counted from the start of its group. */
  int atInGroup;

  PendingBatch(Leader leader) {
    this.leader = leader;
  }

  int lengthBytes() {
    return bytes == null ? 0 : bytes.limit();
  }
}
