package io.thalweg.runtime.checkpoint;

import io.thalweg.blob.BlobException;
import io.thalweg.blob.BlobException.Reason;
import io.thalweg.blob.BlobId;
import io.thalweg.blob.BlobRef;
import io.thalweg.blob.BlobStore;
import io.thalweg.log.LogCursor;
import io.thalweg.log.PartitionId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints in a blob store, a partition at a time, so that any node that reads the same log can
 * start from them.
 *
 * <p>The row file of a partition is a blob, byte for byte; so is its manifest, with the row file's
 * blob as the name of the file. The reference {@code checkpoints/SCOPE/SERVICE/INDEX/latest} lists
 * the newest {@value #KEEP}, and is replaced by compare-and-set.
 *
 * <p><b>Invariant</b>: a checkpoint that was published is taken from the list only for one that is
 * further, and of those that are behind the newest {@code KEEP - 1} stay. One that is behind, by a
 * node that was held up for long, is not published while the further one can be read. So the log
 * behind a published checkpoint may go.
 *
 * <p>Thread-safe. Calls block on the store.
 */
public final class BlobCheckpoints implements CheckpointSource {
  private static final Logger LOG = LoggerFactory.getLogger(BlobCheckpoints.class);
  private static final int MAX_TRIES = 16;
  private static final int MAX_ENTRIES = 64;
  private static final int MAX_MANIFEST_BYTES = 1 << 20;

  /** So many of a partition are kept. */
  public static final int KEEP = 2;

  private final BlobStore store;
  private final String scope;

  /**
   * @param scope tells logs apart that share a store: the name of a cluster, or a log's identity; 1
   *     to 80 characters of {@code A-Za-z0-9._-}, a letter or digit first
   */
  public BlobCheckpoints(BlobStore store, String scope) {
    if (!scope.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,79}")) {
      throw new IllegalArgumentException(
          "scope must have 1 to 80 characters of A-Za-z0-9._-, a letter or digit first; got '"
              + scope
              + "'");
    }
    this.store = store;
    this.scope = scope;
  }

  private String refOf(PartitionId id) {
    return "checkpoints/%s/%s/%d/latest".formatted(scope, id.service(), id.index());
  }

  /** Those of a partition, the furthest first. One that cannot be read is passed over. */
  @Override
  public List<Checkpoint> of(PartitionId id) {
    try {
      List<Checkpoint> found = new ArrayList<>();
      for (PublishedList.Entry entry : list(id, store.ref(refOf(id))).entries()) {
        try {
          found.add(read(entry));
        } catch (CheckpointException | BlobException e) {
          LOG.warn("a checkpoint of {} cannot be used: {}", id, e.getMessage());
        }
      }
      found.sort(Comparator.comparingLong((Checkpoint each) -> offsetOf(each, id)).reversed());
      return found;
    } catch (IOException e) {
      throw failed("cannot read the checkpoints of " + id, e);
    }
  }

  private static long offsetOf(Checkpoint checkpoint, PartitionId id) {
    Checkpoint.Part part = checkpoint.part(id);
    return part == null ? -1 : part.offset();
  }

  private PublishedList list(PartitionId id, Optional<BlobRef> ref) {
    return ref.map(present -> PublishedList.decode(present.text(), refOf(id)))
        .orElse(new PublishedList(List.of()));
  }

  private Checkpoint read(PublishedList.Entry entry) throws IOException {
    try (InputStream in = store.get(entry.manifest())) {
      byte[] bytes = in.readNBytes(MAX_MANIFEST_BYTES);
      if (in.read() >= 0) {
        throw new CheckpointException("manifest " + entry.manifest() + " is too long");
      }
      return Manifest.parse(
          new String(bytes, StandardCharsets.UTF_8), "manifest " + entry.manifest());
    }
  }

  @Override
  public RowFileReader open(Checkpoint checkpoint, Checkpoint.Part part, Pace pace) {
    try {
      BlobId rows = new BlobId(part.file());
      long size = store.sizeOf(rows).orElseThrow(() -> BlobException.noBlob(rows));
      return new RowFileReader(
          new BlobRowFile(store.get(rows), size), "blob " + rows, checkpoint.logId(), part, pace);
    } catch (IOException | IllegalArgumentException e) {
      throw failed("cannot read the rows of " + part.id(), e);
    }
  }

  /**
   * Reads the rows of a checkpoint from their first byte to their last.
   *
   * @throws CheckpointException if anything is not what it should be
   */
  public void verify(Checkpoint checkpoint, Checkpoint.Part part, Pace pace) {
    try (RowFileReader reader = open(checkpoint, part, pace)) {
      reader.verify();
    }
  }

  /**
   * Publishes a partition of a checkpoint, and reads it back from the store: what is behind the one
   * that is returned is no longer needed to start from.
   *
   * @param from where the checkpoint is
   * @return what is in the store now: this one, or one that is further
   * @throws CheckpointException if it cannot be put, or is not what was put
   */
  public Checkpoint publish(
      Checkpoints from, Checkpoint checkpoint, Checkpoint.Part part, Pace pace) {
    PartitionId id = part.id();
    try {
      PublishedList.Entry entry = null;
      for (int i = 0; i < MAX_TRIES; i++) {
        Optional<BlobRef> ref = store.ref(refOf(id));
        Checkpoint present = verifiedNotBehind(part, pace);
        if (present != null) {
          // What was put here may be what somebody else has put, so it stays.
          return present;
        }
        if (entry == null) {
          entry = put(from, checkpoint, part, pace);
        }
        replace(ref, part, entry);
      }
      throw new CheckpointException(
          "the checkpoints of %s cannot be read back, or their list changes all the time; try again"
              .formatted(id));
    } catch (IOException e) {
      throw failed("cannot publish checkpoint " + checkpoint.id() + " of " + id, e);
    }
  }

  /** One that is published, is of the same log, is not behind, and was just read back. */
  private @Nullable Checkpoint verifiedNotBehind(Checkpoint.Part part, Pace pace) {
    for (Checkpoint present : of(part.id())) {
      Checkpoint.Part other = present.part(part.id());
      if (other == null || !isNotBehind(other.cursor(), part.cursor())) {
        continue;
      }
      try {
        verify(present, other, pace);
        return present;
      } catch (CheckpointException e) {
        if (e.isTemporary()) {
          throw e;
        }
        LOG.error("a published checkpoint of {} cannot be used: {}", part.id(), e.getMessage());
      }
    }
    return null;
  }

  private static boolean isNotBehind(LogCursor one, LogCursor other) {
    return one.logId().equals(other.logId())
        && (one.lineage() > other.lineage()
            || (one.lineage() == other.lineage() && one.nextOffset() >= other.nextOffset()));
  }

  private PublishedList.Entry put(
      Checkpoints from, Checkpoint checkpoint, Checkpoint.Part part, Pace pace) throws IOException {
    BlobId rows;
    try (InputStream in = from.stream(checkpoint.id(), part.file(), pace)) {
      rows = store.put(in).id();
    }
    String manifest = Manifest.encode(alone(checkpoint, part, rows));
    return new PublishedList.Entry(store.put(manifest.getBytes(StandardCharsets.UTF_8)).id(), rows);
  }

  /**
   * Puts an entry at the head of the list, unless somebody else has changed it. Those that are not
   * behind it stay, whatever is wrong with them, and the newest of those that are.
   */
  private void replace(Optional<BlobRef> ref, Checkpoint.Part part, PublishedList.Entry entry)
      throws IOException {
    List<PublishedList.Entry> before = list(part.id(), ref).entries();
    List<PublishedList.Entry> after = new ArrayList<>(List.of(entry));
    int behind = 0;
    for (PublishedList.Entry each : before) {
      if (each.equals(entry)) {
        continue;
      }
      if (!isBehind(each, part) || ++behind < KEEP) {
        after.add(each);
      }
    }
    if (after.size() > MAX_ENTRIES) {
      throw new CheckpointException(
          "%d published checkpoints of %s are ahead of this one and cannot be read; see to the store"
              .formatted(after.size() - 1, part.id()));
    }
    try {
      store.replaceRef(
          refOf(part.id()),
          ref.map(BlobRef::version).orElse(null),
          new PublishedList(after).encode());
    } catch (BlobException e) {
      if (e.reason() == Reason.CONFLICT) {
        return;
      }
      throw e;
    }
    discard(before.stream().filter(old -> !after.contains(old)).toList());
  }

  /** Whether an entry is of another log, or behind a partition; not if that cannot be told. */
  private boolean isBehind(PublishedList.Entry entry, Checkpoint.Part part) throws IOException {
    try {
      Checkpoint.Part other = read(entry).part(part.id());
      return other != null && !isNotBehind(other.cursor(), part.cursor());
    } catch (CheckpointException | BlobException e) {
      LOG.warn("a checkpoint of {} cannot be read, and stays: {}", part.id(), e.getMessage());
      return false;
    }
  }

  /** The same checkpoint with one partition. */
  private static Checkpoint alone(Checkpoint checkpoint, Checkpoint.Part part, BlobId rows) {
    Checkpoint.Part named =
        new Checkpoint.Part(
            part.id(),
            rows.hex(),
            part.firstSlot(),
            part.endSlot(),
            part.cursor(),
            part.rows(),
            part.bytes(),
            part.digest());
    return new Checkpoint(
        checkpoint.id(),
        checkpoint.logId(),
        checkpoint.createdUs(),
        checkpoint.proof(),
        checkpoint.services().stream().filter(s -> s.name().equals(part.id().service())).toList(),
        List.of(named));
  }

  // They are not in the list any more, and nobody puts them there again: they are behind.
  private void discard(List<PublishedList.Entry> old) {
    for (PublishedList.Entry entry : old) {
      try {
        store.delete(entry.manifest());
        store.delete(entry.rows());
      } catch (IOException e) {
        LOG.warn("blobs of a checkpoint that is not used any more stay: {}", e.toString());
      }
    }
  }

  private static CheckpointException failed(String what, Exception cause) {
    return new CheckpointException(what + ": " + cause.getMessage(), cause);
  }
}
