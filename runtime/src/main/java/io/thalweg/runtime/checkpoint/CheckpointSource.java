package io.thalweg.runtime.checkpoint;

import io.thalweg.log.PartitionId;
import java.util.List;

/** Where the rows of a partition can be taken from. Thread-safe. */
public interface CheckpointSource {
  /** The checkpoints that hold a partition, the one to try first at the beginning. */
  List<Checkpoint> of(PartitionId id);

  /**
   * Opens the rows of a partition; see {@link RowFileReader} for what is checked when.
   *
   * @param checkpoint one that {@link #of} has given
   * @throws CheckpointException if it cannot be read, or is not what it should be
   */
  RowFileReader open(Checkpoint checkpoint, Checkpoint.Part part, Pace pace);
}
