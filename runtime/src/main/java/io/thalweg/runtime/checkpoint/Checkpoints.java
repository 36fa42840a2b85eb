package io.thalweg.runtime.checkpoint;

import io.thalweg.log.LogCursor;
import io.thalweg.log.LogFiles;
import io.thalweg.log.PartitionId;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.StateView;
import io.thalweg.state.StoredRow;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of checkpoints: {@code NNNNNNNNNN/} each, with a file for every partition and a
 * manifest.
 *
 * <p>A checkpoint exists when its manifest has its name. It is written last, after all files were
 * forced and read back; it goes first when a checkpoint is deleted. A directory without one is what
 * a crash left, and the next {@link #begin} deletes it.
 *
 * <p>Reading is thread-safe; one thread at a time writes.
 */
public final class Checkpoints implements CheckpointSource {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
  private static final Pattern ID = Pattern.compile("\\d{10}");

  private final LogFiles files;
  private final Path directory;

  public Checkpoints(LogFiles files, Path directory) {
    this.files = files;
    this.directory = directory;
  }

  /** Where they are. */
  public Path directory() {
    return directory;
  }

  /** Those that are complete, the newest first. One with a damaged manifest is passed over. */
  public List<Checkpoint> list() {
    List<Checkpoint> found = new ArrayList<>();
    try {
      for (String id : ids()) {
        if (files.list(directory.resolve(id)).contains(Manifest.NAME)) {
          try {
            found.add(Manifest.read(files, directory.resolve(id)));
          } catch (CheckpointException e) {
            LOG.warn("a checkpoint cannot be used: {}", e.getMessage());
          }
        }
      }
    } catch (IOException e) {
      throw failed("cannot read", e);
    }
    return found.reversed();
  }

  @Override
  public List<Checkpoint> of(PartitionId id) {
    return list().stream().filter(each -> each.part(id) != null).toList();
  }

  private List<String> ids() throws IOException {
    files.createDirectories(directory);
    return files.list(directory).stream()
        .filter(name -> ID.matcher(name).matches())
        .sorted(Comparator.naturalOrder())
        .toList();
  }

  /** Begins a checkpoint of a log, and deletes what others left that never became one. */
  public Draft begin(UUID logId, long nowUs) {
    try {
      long next = 1;
      for (String id : ids()) {
        next = Long.parseLong(id) + 1;
        if (!files.list(directory.resolve(id)).contains(Manifest.NAME)) {
          delete(id);
        }
      }
      String id = "%010d".formatted(next);
      files.createDirectories(directory.resolve(id));
      return new Draft(id, logId, nowUs);
    } catch (IOException e) {
      throw failed("cannot begin a checkpoint in", e);
    }
  }

  @Override
  public RowFileReader open(Checkpoint checkpoint, Checkpoint.Part part, Pace pace) {
    return open(checkpoint.id(), checkpoint.logId(), part, pace);
  }

  private RowFileReader open(String id, UUID logId, Checkpoint.Part part, Pace pace) {
    Path file = directory.resolve(id).resolve(part.file());
    try {
      return new RowFileReader(files, file, logId, part, pace);
    } catch (IOException e) {
      throw new CheckpointException("cannot read the checkpoint file " + file + ": " + e, e);
    }
  }

  /**
   * Reads every file of a checkpoint from its first byte to its last.
   *
   * @throws CheckpointException at the first thing that is wrong; names the file
   */
  public void verify(Checkpoint checkpoint, Pace pace) {
    for (Checkpoint.Part part : checkpoint.parts()) {
      try (RowFileReader reader = open(checkpoint, part, pace)) {
        reader.verify();
      }
    }
  }

  /** The names of a checkpoint's files and their lengths; the manifest is one. */
  public SortedMap<String, Long> files(Checkpoint checkpoint) {
    Path place = directory.resolve(checkpoint.id());
    SortedMap<String, Long> found = new TreeMap<>();
    try {
      for (String name : files.list(place)) {
        try (LogFiles.LogFile file = files.openForReading(place.resolve(name))) {
          found.put(name, file.sizeBytes());
        }
      }
      return found;
    } catch (IOException e) {
      throw failed("cannot read checkpoint " + checkpoint.id() + " in", e);
    }
  }

  /**
   * Reads bytes of a file of a checkpoint as they are.
   *
   * @return how many; -1 if the file ends before the position
   * @throws IOException if it cannot be read; the system's own if it is not there
   */
  public int read(String id, String file, long position, ByteBuffer into) throws IOException {
    try (LogFiles.LogFile in = files.openForReading(directory.resolve(id).resolve(file))) {
      return in.read(into, position);
    }
  }

  /**
   * The bytes of a file of a checkpoint as they are, to be closed.
   *
   * @throws IOException if it cannot be read
   */
  InputStream stream(String id, String name, Pace pace) throws IOException {
    LogFiles.LogFile file = files.openForReading(directory.resolve(id).resolve(name));
    return new InputStream() {
      private long at;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
      }

      @Override
      public int read(byte[] into, int offset, int count) throws IOException {
        int n = file.read(ByteBuffer.wrap(into, offset, count), at);
        if (n > 0) {
          at += n;
          pace.moved(n);
        }
        return n;
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    };
  }

  /**
   * Makes a checkpoint from one of another log that holds the same batches up to its cursors, such
   * as one that was restored. Every row of the other one is checked on the way.
   *
   * @param logId of the log that this one is for
   * @throws CheckpointException if the other one is damaged
   */
  public Checkpoint adopt(Checkpoints from, Checkpoint other, UUID logId) {
    Draft draft = begin(logId, other.createdUs());
    for (Checkpoint.Part part : other.parts()) {
      LogCursor old = part.cursor();
      LogCursor cursor =
          new LogCursor(
              logId,
              old.position(),
              old.nextOffset(),
              old.epoch(),
              old.lineage(),
              old.lastCrc(),
              old.logTimeUs());
      PartitionScope scope = new PartitionScope(part.serviceId(), part.firstSlot(), part.endSlot());
      try (RowFileReader rows = from.open(other, part, Pace.FULL)) {
        Checkpoint.Part made = draft.write(part.id(), scope, rows, cursor, Pace.FULL);
        if (!made.digest().equals(part.digest())) {
          throw new CheckpointException(
              "the rows of " + part.id() + " changed while they were read");
        }
      }
    }
    return draft.publish(other.proof(), other.services());
  }

  /** Deletes a checkpoint. */
  public void delete(Checkpoint checkpoint) {
    try {
      delete(checkpoint.id());
    } catch (IOException e) {
      throw failed("cannot delete checkpoint " + checkpoint.id() + " in", e);
    }
  }

  private void delete(String id) throws IOException {
    Path place = directory.resolve(id);
    files.deleteIfExists(place.resolve(Manifest.NAME));
    files.forceDirectory(place);
    for (String name : files.list(place)) {
      files.deleteIfExists(place.resolve(name));
    }
    files.deleteIfExists(place);
    files.forceDirectory(directory);
  }

  private CheckpointException failed(String what, IOException cause) {
    return new CheckpointException(what + " " + directory + ": " + cause.getMessage(), cause);
  }

  /** A checkpoint that is being written. */
  public final class Draft {
    private final String id;
    private final UUID logId;
    private final long createdUs;
    private final List<Checkpoint.Part> parts = new ArrayList<>();

    private Draft(String id, UUID logId, long createdUs) {
      this.id = id;
      this.logId = logId;
      this.createdUs = createdUs;
    }

    /** Its id. */
    public String id() {
      return id;
    }

    /**
     * Writes the rows of a view, forces them, reads them back and compares: see {@link
     * Checkpoint.Proof#READ_BACK}.
     *
     * @throws CheckpointException if they cannot be written, or are not what was written
     */
    public Checkpoint.Part write(
        PartitionId partition, PartitionScope scope, StateView view, LogCursor cursor, Pace pace) {
      return write(partition, scope, view.rows(), cursor, pace);
    }

    private Checkpoint.Part write(
        PartitionId partition,
        PartitionScope scope,
        Iterator<StoredRow> rows,
        LogCursor cursor,
        Pace pace) {
      String file = partition.service() + "-" + partition.index() + ".rows";
      try {
        RowFileWriter.Written written =
            RowFileWriter.write(
                files,
                directory.resolve(id).resolve(file),
                new RowFile.Header(logId, scope.serviceId(), scope.firstSlot(), scope.endSlot()),
                rows,
                cursor,
                pace);
        Checkpoint.Part part =
            new Checkpoint.Part(
                partition,
                file,
                scope.firstSlot(),
                scope.endSlot(),
                cursor,
                written.rows(),
                written.bytes(),
                HexFormat.of().formatHex(written.digest()));
        try (RowFileReader reader = open(id, logId, part, pace)) {
          reader.verify();
        }
        parts.add(part);
        return part;
      } catch (IOException e) {
        throw failed("cannot write checkpoint " + id + " in", e);
      }
    }

    /** Writes the manifest: from here on the checkpoint exists. */
    public Checkpoint publish(Checkpoint.Proof proof, List<Checkpoint.ServiceLevel> services) {
      Checkpoint checkpoint = new Checkpoint(id, logId, createdUs, proof, services, parts);
      try {
        // The names of the files, and of the directory itself, before the manifest speaks of them.
        files.forceDirectory(directory.resolve(id));
        files.forceDirectory(directory);
        Manifest.write(files, directory.resolve(id), checkpoint);
        return checkpoint;
      } catch (IOException e) {
        throw failed("cannot publish checkpoint " + id + " in", e);
      }
    }

    /** Deletes what was written. */
    public void discard() {
      try {
        delete(id);
      } catch (IOException e) {
        LOG.warn("what was written of checkpoint {} stays until the next: {}", id, e.toString());
      }
    }
  }
}
