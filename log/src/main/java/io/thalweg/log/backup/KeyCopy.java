package io.thalweg.log.backup;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Brings the keys of a backup directory up to those of a node: only buckets that have changed are
 * copied.
 *
 * <p><b>Order.</b> A key is durable on the node before anything that needs it is in the log. So
 * keys that are read after a cut was taken hold every key that the log below the cut needs, but
 * those that were destroyed since. A manifest is written after that, and not without it.
 *
 * <p>Used by one thread.
 */
final class KeyCopy {
  private static final int SAVE_EVERY = 64;

  private final KeyFiles files;
  private final Path path;
  private final BackupSource source;

  // What the directory holds, if that is known.
  private @Nullable KeyTags held;

  KeyCopy(BackupDirectory directory, BackupSource source) {
    this.files = new KeyFiles(directory);
    this.path = directory.path();
    this.source = source;
  }

  /**
   * Copies what has changed.
   *
   * @return identity of the keys; null if the node has none
   * @throws BackupException if the directory holds the keys of something else
   */
  @Nullable String run() throws IOException {
    KeyTags before = held;
    held = null;
    boolean known = before != null;
    if (!known) {
      before = files.tags();
    }
    KeyTags now = source.keyTags();
    if (before != null && (now == null || !now.keysId().equals(before.keysId()))) {
      // Else the keys that a node has lost would be lost here too.
      throw new BackupException(
          "%s holds the keys %s of what was sealed, and the node has %s: keep the directory, and back up to another one"
              .formatted(path, before.keysId(), now == null ? "none" : "others, " + now.keysId()));
    }
    if (now == null) {
      return null;
    }
    if (!now.equals(before) || !known) {
      copy(before, now, known);
    }
    held = now;
    return now.keysId();
  }

  private void copy(@Nullable KeyTags before, KeyTags now, boolean known) throws IOException {
    files.create();
    SortedMap<Integer, Long> copiedTags = new TreeMap<>();
    if (before != null) {
      copiedTags.putAll(before.tags());
    }
    int copied = 0;
    for (Map.Entry<Integer, Long> each : now.tags().entrySet()) {
      int bucket = each.getKey();
      boolean same = each.getValue().equals(copiedTags.get(bucket));
      if (!same || (!known && !files.has(now.keysId(), bucket))) {
        files.write(now.keysId(), bucket, source.keys(now, bucket));
        copiedTags.put(bucket, each.getValue());
        if (++copied % SAVE_EVERY == 0) {
          // A run that ends before all are copied need not begin anew.
          files.write(new KeyTags(now.keysId(), copiedTags));
        }
      }
    }
    if (copied > 0 || before == null) {
      files.write(now);
    }
  }
}
