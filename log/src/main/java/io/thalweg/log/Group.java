package io.thalweg.log;

import org.jspecify.annotations.Nullable;

/**
 * A group on its way: filled and written by the writer, then forced and announced by the forcer.
 * Used again and again; owned by one thread at a time.
 */
final class Group {
  static final int MAX_BATCHES = 1024;

  final PendingBatch[] batches = new PendingBatch[MAX_BATCHES];
  int batchCount;

  /** Counts up; tells leaders whether they have an entry. */
  long number;

  /** What is to be forced. */
  LogFiles.@Nullable LogFile file;

  /** Position in the log after the group. */
  long end;

  // One entry per leader.
  final Leader[] leaders = new Leader[MAX_BATCHES];
  final PendingBatch[] lastBatches = new PendingBatch[MAX_BATCHES];
  final PartitionTail[] tails = new PartitionTail[MAX_BATCHES];
  final boolean[] barriers = new boolean[MAX_BATCHES];
  final boolean[] appends = new boolean[MAX_BATCHES];
  final boolean[] events = new boolean[MAX_BATCHES];
  int entryCount;

  void clear(long newNumber) {
    number = newNumber;
    batchCount = 0;
    entryCount = 0;
  }

  /** Takes a batch in, and notes what its leader has to hear. */
  void add(PendingBatch batch) {
    batches[batchCount++] = batch;
    Leader leader = batch.leader;
    if (leader.groupNumber != number) {
      leader.groupNumber = number;
      leader.groupEntry = entryCount++;
      leaders[leader.groupEntry] = leader;
      barriers[leader.groupEntry] = false;
      appends[leader.groupEntry] = false;
      events[leader.groupEntry] = false;
    }
    int entry = leader.groupEntry;
    lastBatches[entry] = batch;
    barriers[entry] |= batch.barrier;
    appends[entry] |= !batch.barrier;
    events[entry] |= batch.nextOffset > batch.firstOffset;
  }

  /** Works out where each partition stands when this group, at {@code position}, is durable. */
  void placeAt(long position) {
    for (int entry = 0; entry < entryCount; entry++) {
      PendingBatch batch = lastBatches[entry];
      PartitionState state = batch.leader.state();
      tails[entry] =
          new PartitionTail(
              state.id(),
              state.number,
              batch.epoch,
              batch.crc,
              batch.nextOffset,
              batch.logTimeUs,
              position + batch.atInGroup + batch.lengthBytes(),
              batch.lineages);
    }
  }
}
