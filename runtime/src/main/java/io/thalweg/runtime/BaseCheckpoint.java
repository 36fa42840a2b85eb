package io.thalweg.runtime;

import io.thalweg.log.LogBeginning;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogFiles;
import io.thalweg.log.LogRestore;
import io.thalweg.log.PartitionId;
import io.thalweg.log.backup.BackupBase;
import io.thalweg.log.backup.BackupException;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.checkpoint.CheckpointException;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.runtime.checkpoint.Pace;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The checkpoint that a backup of a shortened log begins with. In the backup it is what it was in
 * the node, below {@code base/checkpoints}.
 */
final class BaseCheckpoint {
  private static final String FOLDER = "checkpoints";

  private BaseCheckpoint() {}

  /** What a backup begins with, from a checkpoint that the log continues. */
  static BackupBase of(LogBeginning beginning, Checkpoints checkpoints, Checkpoint checkpoint) {
    List<BackupBase.Item> files = new ArrayList<>();
    checkpoints
        .files(checkpoint)
        .forEach((name, bytes) ->
            files.add(new BackupBase.Item(FOLDER + "/" + checkpoint.id() + "/" + name, bytes, "")));
    return new BackupBase(
        beginning, new LogRestore.From(beginning, cursors(checkpoint)).earliestUs(), files);
  }

  /** Reads bytes of one of its files. */
  static int read(Checkpoints checkpoints, String name, long position, ByteBuffer into)
      throws IOException {
    String[] parts = name.split("/", -1);
    if (parts.length != 3 || !parts[0].equals(FOLDER)) {
      throw new BackupException("file: there is no file '" + name + "' in a base");
    }
    try {
      return checkpoints.read(parts[1], parts[2], position, into);
    } catch (FileNotFoundException | NoSuchFileException e) {
      throw new BackupException(
          "the checkpoint that the backup was to begin with was replaced by a newer one; run the"
              + " backup again",
          e);
    }
  }

  private static Map<PartitionId, LogCursor> cursors(Checkpoint checkpoint) {
    Map<PartitionId, LogCursor> cursors = new HashMap<>();
    checkpoint.parts().forEach(part -> cursors.put(part.id(), part.cursor()));
    return cursors;
  }

  /** Reads all rows of the checkpoint in a base, and compares what it says with the base. */
  static void check(Path folder, BackupBase base) {
    Checkpoints checkpoints = in(folder);
    Checkpoint checkpoint = only(checkpoints);
    if (!checkpoint.logId().equals(base.beginning().logId())
        || new LogRestore.From(base.beginning(), cursors(checkpoint)).earliestUs()
            != base.earliestUs()) {
      throw new BackupException(
          checkpoints.directory() + " does not belong to the log that the backup is of");
    }
    try {
      checkpoints.verify(checkpoint, Pace.FULL);
    } catch (CheckpointException e) {
      throw new BackupException(e.getMessage() + "; run the backup again", e);
    }
  }

  /** The cursors that the log must go through for it. */
  static Map<PartitionId, LogCursor> needed(Path folder) {
    return cursors(only(in(folder)));
  }

  /**
   * Copies it to the data directory of a restored node, as one of the log that was made.
   *
   * @param folder of the base
   */
  static void adopt(Path folder, Path data, UUID logId) {
    Checkpoints from = in(folder);
    try {
      in(data).adopt(from, only(from), logId);
    } catch (CheckpointException e) {
      throw new BackupException("the backup cannot be used: " + e.getMessage(), e);
    }
  }

  private static Checkpoints in(Path folder) {
    return new Checkpoints(LogFiles.disk(), folder.resolve(FOLDER));
  }

  private static Checkpoint only(Checkpoints checkpoints) {
    List<Checkpoint> all = checkpoints.list();
    if (all.size() != 1) {
      throw new BackupException(
          "the backup is damaged: it should begin with the one checkpoint in %s, and %d are whole"
              .formatted(checkpoints.directory(), all.size()));
    }
    return all.getFirst();
  }
}
