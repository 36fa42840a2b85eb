package io.thalweg.runtime.checkpoint;

import io.thalweg.blob.BlobId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The value of the reference to a partition's checkpoints, format 1: lines of ASCII, the one that
 * was published last first.
 *
 * <pre>
 *   thalweg-checkpoints 1
 *   MANIFEST-BLOB ROWS-BLOB
 * </pre>
 */
record PublishedList(List<Entry> entries) {
  private static final String FIRST_LINE = "thalweg-checkpoints 1";

  /** A checkpoint: the blob with its manifest, and the one with its rows. */
  record Entry(BlobId manifest, BlobId rows) {}

  PublishedList {
    entries = List.copyOf(entries);
  }

  byte[] encode() {
    StringBuilder out = new StringBuilder(FIRST_LINE).append('\n');
    for (Entry entry : entries) {
      out.append(entry.manifest()).append(' ').append(entry.rows()).append('\n');
    }
    return out.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @param place what it is called in messages
   */
  static PublishedList decode(String text, String place) {
    List<String> lines = text.lines().toList();
    if (lines.isEmpty() || !lines.getFirst().equals(FIRST_LINE)) {
      throw new CheckpointException(place + " is no list of checkpoints of format 1");
    }
    List<Entry> entries = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] ids = line.split(" ", -1);
      if (ids.length != 2 || !BlobId.isId(ids[0]) || !BlobId.isId(ids[1])) {
        throw new CheckpointException(place + " has a line that is no checkpoint: " + line);
      }
      entries.add(new Entry(new BlobId(ids[0]), new BlobId(ids[1])));
    }
    return new PublishedList(entries);
  }
}
