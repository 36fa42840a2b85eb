package io.thalweg.log.backup;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What is backed up: a node in this process, or one that is reached over HTTP. One thread. */
public interface BackupSource {
  /**
   * Where the node is durable now.
   *
   * @throws IOException if it cannot be reached
   * @throws BackupException if it refuses; says why
   */
  BackupCut cut() throws IOException;

  /**
   * Reads bytes below a cut that was given out: at least one, at most as many as there is room.
   *
   * @param cut names the log, so that another one is never read by mistake
   * @return how many were read
   * @throws IOException if the node cannot be reached or its log not be read
   * @throws BackupException if it refuses; says why
   */
  int read(BackupCut cut, long position, ByteBuffer into) throws IOException;

  /**
   * The keys that the node has now of what is sealed in its log; null if it has none. Those that
   * the log below a cut needs are among them, if the cut was taken before.
   *
   * @throws IOException if the node cannot be reached or its keys not be read
   */
  default @Nullable KeyTags keyTags() throws IOException {
    return null;
  }

  /**
   * The keys of a bucket, as they are now.
   *
   * @param of names the set of keys, so that no other one is read by mistake
   * @throws IOException if the node cannot be reached or its keys not be read
   * @throws BackupException if it refuses; says why
   */
  default byte[] keys(KeyTags of, int bucket) throws IOException {
    throw new IllegalStateException("this source has no keys");
  }
}
