package io.thalweg.runtime;

import io.thalweg.log.Log;
import io.thalweg.log.LogException;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.backup.BackupBase;
import io.thalweg.log.backup.BackupCut;
import io.thalweg.log.backup.BackupException;
import io.thalweg.log.backup.BackupSource;
import io.thalweg.log.backup.KeyTags;
import io.thalweg.log.backup.LocalBackupSource;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.checkpoint.CheckpointException;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.runtime.keys.KeyRows;
import io.thalweg.runtime.keys.SubjectKeys;
import io.thalweg.state.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The log and the keys of a node as a backup reads them; while the log is lost, a backup has to
 * wait. A log that was shortened begins with the oldest checkpoint that it continues: that one
 * leaves the most time to restore to.
 */
final class NodeBackupSource implements BackupSource {
  private final EmbeddedEngine engine;
  private final Checkpointer checkpointer;
  private final @Nullable LogReaders readers;

  NodeBackupSource(EmbeddedEngine engine, Checkpointer checkpointer, @Nullable LogReaders readers) {
    this.engine = engine;
    this.checkpointer = checkpointer;
    this.readers = readers;
  }

  private SegmentLog segmentLog() throws IOException {
    if (engine.log() instanceof SegmentLog log) {
      return log;
    }
    throw new IOException("the log of the node is being opened; try again");
  }

  private LocalBackupSource log() throws IOException {
    return new LocalBackupSource(
        segmentLog(), engine.clock()::nowUs, engine.storage().partitionsOfAll());
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
  public BackupBase base() throws IOException {
    Checkpoints checkpoints = checkpoints();
    BackupBase beginning = log().base();
    try {
      Checkpoint fits = oldestOf(segmentLog(), checkpoints);
      if (fits == null) {
        fits = checkpointer.take(CheckpointOptions.DEFAULTS);
      }
      return BaseCheckpoint.of(beginning.beginning(), checkpoints, fits);
    } catch (CheckpointException | LogException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static @Nullable Checkpoint oldestOf(Log log, Checkpoints checkpoints) {
    for (Checkpoint checkpoint : checkpoints.list().reversed()) {
      if (Retention.isContinued(log, checkpoint)) {
        return checkpoint;
      }
    }
    return null;
  }

  @Override
  public int readBase(String file, long position, ByteBuffer into) throws IOException {
    return BaseCheckpoint.read(checkpoints(), file, position, into);
  }

  private Checkpoints checkpoints() {
    Checkpoints all = engine.storage().checkpoints();
    if (all == null) {
      throw new BackupException("this node's storage keeps no checkpoints");
    }
    return all;
  }

  @Override
  public void hold(String name, String note, UUID logId, long position) throws IOException {
    LogReaders all = readers;
    if (all == null) {
      return; // then nothing is ever removed
    }
    if (!segmentLog().logId().equals(logId)) {
      throw new BackupException("the node has another log now: " + segmentLog().logId());
    }
    try {
      all.hold(name, note, logId, position);
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw new BackupException(String.valueOf(e.getMessage()), e);
    } catch (UncheckedIOException e) {
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
  public void release(String name) throws IOException {
    LogReaders all = readers;
    if (all != null) {
      try {
        all.unregister(name);
      } catch (UncheckedIOException e) {
        throw new IOException(e.getMessage(), e);
      }
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
