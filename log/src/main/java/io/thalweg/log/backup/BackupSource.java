package io.thalweg.log.backup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
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
   * What a backup begins with that is begun now, of a log that does not begin at position 0.
   *
   * @throws IOException if the node cannot be reached or has to be asked again
   * @throws BackupException if there is no such thing; says what to do
   */
  default BackupBase base() throws IOException {
    throw new BackupException(
        "the log does not begin at position 0, and what was made from the removed part of it is not"
            + " to be had here");
  }

  /**
   * Reads bytes of a file of a base: at least one, at most as many as there is room.
   *
   * @return how many were read
   * @throws IOException if the node cannot be reached or the file not be read
   * @throws BackupException if the file is not there any more; run the backup again
   */
  default int readBase(String file, long position, ByteBuffer into) throws IOException {
    throw new BackupException("there is no file " + file);
  }

  /**
   * From now on nothing of the log is removed from a position on, also over restarts of the node,
   * until the same name holds another position or is released.
   *
   * @param name of whoever needs it: 1 to 63 characters of a-z, 0-9 and '-'
   * @param note says to an operator what it is
   * @throws IOException if the node cannot be reached or not write it down
   * @throws BackupException if it refuses; says what to do
   */
  default void hold(String name, String note, UUID logId, long position) throws IOException {}

  /** Ends what {@link #hold} began. */
  default void release(String name) throws IOException {}

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
