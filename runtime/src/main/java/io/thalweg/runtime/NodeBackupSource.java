package io.thalweg.runtime;

import io.thalweg.log.LogException;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.backup.BackupCut;
import io.thalweg.log.backup.BackupException;
import io.thalweg.log.backup.BackupSource;
import io.thalweg.log.backup.KeyTags;
import io.thalweg.log.backup.LocalBackupSource;
import io.thalweg.runtime.keys.KeyRows;
import io.thalweg.runtime.keys.SubjectKeys;
import io.thalweg.state.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The log and the keys of a node as a backup reads them; while the log is lost, a backup has to
 * wait.
 */
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

  @Override
  public @Nullable KeyTags keyTags() throws IOException {
    SubjectKeys keys = engine.keptKeys();
    try {
      String id = keys.id();
      return id == null ? null : new KeyTags(id, keys.tags());
    } catch (StoreException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public byte[] keys(KeyTags of, int bucket) throws IOException {
    SubjectKeys keys = engine.keptKeys();
    if (!of.keysId().equals(keys.id())) {
      throw new BackupException("the node has other keys now: " + keys.id());
    }
    if (bucket < 0 || bucket >= SubjectKeys.BUCKETS) {
      throw new BackupException(
          "bucket must be from 0 to %d; got %d".formatted(SubjectKeys.BUCKETS - 1, bucket));
    }
    try {
      return KeyRows.encode(keys.bucket(bucket));
    } catch (StoreException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
