package io.thalweg.log.backup;

import java.io.IOException;
import java.nio.ByteBuffer;

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
}
