package io.thalweg.runtime;

import io.thalweg.log.LogException;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.backup.BackupCut;
import io.thalweg.log.backup.BackupSource;
import io.thalweg.log.backup.LocalBackupSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The log of a node as a backup reads it; while the log is lost, a backup has to wait. */
final class NodeBackupSource implements BackupSource {
  private final EmbeddedEngine engine;

  NodeBackupSource(EmbeddedEngine engine) {
    this.engine = engine;
  }

  private LocalBackupSource log() throws IOException {
    if (engine.log() instanceof SegmentLog log) {
      return new LocalBackupSource(log, engine.clock()::nowUs, engine.storage().partitionsOfAll());
    }
    throw new IOException("the log of the node is being opened; try again");
  }

  @Override
  public BackupCut cut() throws IOException {
    try {
      return log().cut();
    } catch (LogException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public int read(BackupCut cut, long position, ByteBuffer into) throws IOException {
    try {
      return log().read(cut, position, into);
    } catch (LogException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
