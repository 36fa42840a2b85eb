package io.thalweg.log.backup;

import io.thalweg.log.PartitionCut;
import io.thalweg.log.PartitionId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Checks that a node's log continues what a backup directory holds. */
final class SameLog {
  /** So many of the last bytes are compared with the node's. */
  static final int COMPARED_BYTES = 64 << 10;

  private final BackupDirectory directory;
  private final BackupSource source;
  private final BackupCut cut;

  private final long base;

  /**
   * @param base position at which the directory begins
   */
  SameLog(BackupDirectory directory, BackupSource source, BackupCut cut, long base) {
    this.directory = directory;
    this.source = source;
    this.cut = cut;
    this.base = base;
  }

  /** The log of the node must be the one that the directory is of. */
  static void checkIdentity(Path path, UUID logId, BackupCut cut) {
    if (!logId.equals(cut.log().logId())) {
      throw new BackupException(
          "%s holds the log %s, the node has the log %s (a restored node has a log of its own);"
                  .formatted(path, logId, cut.log().logId())
              + " use another directory");
    }
  }

  /**
   * Checks it; nothing was written yet.
   *
   * @param last the newest manifest; null if there is none
   * @throws BackupException if it is not; says what to do
   */
  void check(@Nullable BackupManifest last, long chunkBytes) throws IOException {
    long position = cut.log().position();
    if (last != null) {
      checkIdentity(directory.path(), last.cut().log().logId(), cut);
      checkPartitions(last.cut());
      if (position < last.position()) {
        throw wentBack("it ends at position " + position + ", the backup at " + last.position());
      }
    }
    long full = position / chunkBytes;
    if (directory.hash(full) != null) {
      throw wentBack("it ends at position " + position + ", the directory holds more");
    }
    if (last != null && position > 0 && last.position() > 0) {
      compareEnd(last, chunkBytes);
    }
  }

  private void checkPartitions(BackupCut before) {
    Map<PartitionId, PartitionCut> present = new HashMap<>();
    for (PartitionCut partition : cut.log().partitions()) {
      present.put(partition.id(), partition);
    }
    for (PartitionCut partition : before.log().partitions()) {
      PartitionCut same = present.get(partition.id());
      if (same == null
          || same.endOffset() < partition.endOffset()
          || !same.lineages().equals(partition.lineages())) {
        throw wentBack("partition " + partition.id() + " does not continue what was copied");
      }
    }
  }

  private BackupException wentBack(String why) {
    return new BackupException(
        "the node's log is not the one that %s was made from, or was put back to an older state: %s;"
                .formatted(directory.path(), why)
            + " use another directory");
  }

  /** Bytes that both have are equal; the last ones stand for all, since batches are chained. */
  private void compareEnd(BackupManifest last, long chunkBytes) throws IOException {
    long end = last.position();
    long index = (end - 1) / chunkBytes;
    // The node may have removed some of them by now, and the directory may have begun behind
    // others.
    long known = Math.max(cut.log().start(), base);
    long from = Math.max(Math.max(end - COMPARED_BYTES, index * chunkBytes), known);
    if (from >= end) {
      return;
    }
    ByteBuffer here = ByteBuffer.allocate((int) (end - from));
    if (!directory.readChunk(index, from % chunkBytes, here)) {
      return; // it is copied again
    }
    ByteBuffer there = ByteBuffer.allocate(here.capacity());
    readAll(from, there);
    if (here.mismatch(there) < 0) {
      return;
    }
    String hash = index < last.fullChunks() ? directory.hash(index) : last.lastChunkSha256();
    if (hash != null && directory.digestOf(index, end - index * chunkBytes, hash) != null) {
      throw wentBack("its bytes before position " + end + " differ");
    }
    throw new BackupException(
        "%s is damaged: it is not what its SHA-256 says; delete it and run the backup again"
            .formatted(directory.chunk(index)));
  }

  private void readAll(long position, ByteBuffer into) throws IOException {
    int start = into.position();
    while (into.hasRemaining()) {
      int read = source.read(cut, position + into.position() - start, into);
      if (read <= 0) {
        throw new IOException("the node gave no bytes at position " + position);
      }
    }
    into.flip();
  }
}
