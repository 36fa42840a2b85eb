package io.thalweg.runtime.checkpoint;

import io.thalweg.log.LogCursor;
import io.thalweg.log.PartitionId;
import io.thalweg.state.PartitionScope;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint that is complete: what its manifest says. There is no manifest before all files were
 * written, forced and read back, so every checkpoint is verified; {@link Proof} says how far.
 *
 * @param id ten digits, counting up
 * @param logId the log that it is of
 * @param createdUs wall clock when it was begun, microseconds since 1970
 * @param parts one for every partition
 */
public record Checkpoint(
    String id,
    UUID logId,
    long createdUs,
    Proof proof,
    List<ServiceLevel> services,
    List<Part> parts) {

  /** How far a checkpoint is verified. */
  public enum Proof {
    /**
     * The files were forced and read back: every block's CRC32C is right, and the SHA-256 of the
     * rows that were read equals that of the frozen view's rows. Read through the operating system,
     * which may have answered from its memory.
     */
    READ_BACK,
    /**
     * And: replaying the log with the running build, from the checkpoint before (or from the log's
     * beginning) to the same cursor, gives rows with the same SHA-256. So the rows are what the log
     * says, and what the log holds beyond this point is all that is needed.
     */
    REPLAYED
  }

  /**
   * A service that the checkpoint holds.
   *
   * @param contractLevel level of the contract that the node ran
   */
  public record ServiceLevel(String name, int contractLevel, int partitions) {}

  /**
   * One partition.
   *
   * @param file name of its file
   * @param firstSlot first slot of the partition
   * @param endSlot slot after its last
   * @param cursor where the log goes on; holds log id, lineage and the CRC of the last batch
   * @param rows number of rows
   * @param bytes of the rows as they stand in the file
   * @param digest SHA-256 of the rows, hexadecimal; as {@link io.thalweg.state.StateView#digest}
   */
  public record Part(
      PartitionId id,
      String file,
      int firstSlot,
      int endSlot,
      LogCursor cursor,
      long rows,
      long bytes,
      String digest) {
    /** Every event below it is in the rows. */
    public long offset() {
      return cursor.nextOffset();
    }

    int serviceId() {
      return PartitionScope.serviceId(id.service());
    }

    /** Whether it holds the rows of these slots. */
    public boolean isOf(PartitionScope scope) {
      return scope.serviceId() == serviceId()
          && scope.firstSlot() == firstSlot
          && scope.endSlot() == endSlot;
    }
  }

  public Checkpoint {
    services = List.copyOf(services);
    parts = List.copyOf(parts);
  }

  /** The part of a partition, or null if it holds none. */
  public @Nullable Part part(PartitionId id) {
    for (Part part : parts) {
      if (part.id().equals(id)) {
        return part;
      }
    }
    return null;
  }

  /** As lines for a person. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Part part : parts) {
      lines.add(
          "%s: %,d rows, %,d bytes, offset %,d, digest %.16s"
              .formatted(part.id(), part.rows(), part.bytes(), part.offset(), part.digest()));
    }
    lines.add(
        "checkpoint %s is verified (%s): %,d rows, %,d bytes"
            .formatted(
                id,
                proof == Proof.REPLAYED ? "read back and replayed" : "read back",
                rows(),
                bytes()));
    return lines;
  }

  /** Rows of all partitions. */
  public long rows() {
    return parts.stream().mapToLong(Part::rows).sum();
  }

  /** Bytes of all rows. */
  public long bytes() {
    return parts.stream().mapToLong(Part::bytes).sum();
  }
}
