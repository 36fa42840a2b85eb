package io.thalweg.runtime;

import io.thalweg.host.Host;
import io.thalweg.log.Log;
import io.thalweg.log.LogFiles;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.runtime.keys.SubjectKeys;
import io.thalweg.state.RocksStore;
import io.thalweg.state.StateOptions;
import io.thalweg.state.Store;
import io.thalweg.state.StoreCorruptException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A data directory of the file system, on this machine: segment log and RocksDB. */
final class DirectoryStorage implements NodeStorage {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryStorage.class);

  private final DataDirectory directory;

  private DirectoryStorage(DataDirectory directory) {
    this.directory = directory;
  }

  /**
   * Makes the directory if it is not there, and locks it.
   *
   * @throws DataDirectoryException if another process (or another node in this one) holds it, or if
   *     a switch of tables was interrupted
   */
  static DirectoryStorage lock(Path data) {
    DataDirectory directory = DataDirectory.lock(data);
    String unfinished = RebuildDirectory.unfinishedSwitchIn(data);
    if (unfinished == null) {
      unfinished = MoveMark.refusal(data);
    }
    if (unfinished != null) {
      directory.close();
      throw new DataDirectoryException(unfinished);
    }
    return new DirectoryStorage(directory);
  }

  @Override
  public Host host() {
    return Host.machine();
  }

  @Override
  public int partitionsOf(String service, int wanted) {
    return directory.partitionsOf(service, wanted);
  }

  @Override
  public Map<String, Integer> partitionsOfAll() {
    return directory.partitionsOfAll();
  }

  @Override
  public Log openLog(SegmentLogOptions options) {
    return SegmentLog.open(directory.log(), options);
  }

  @Override
  public Store openStore(StateOptions options) {
    try {
      return RocksStore.open(directory.state(), options);
    } catch (StoreCorruptException e) {
      LOG.warn(
          "the tables in {} cannot be read and are rebuilt from the log: {}",
          directory.state(),
          e.getMessage());
      dropStore();
      return RocksStore.open(directory.state(), options);
    }
  }

  @Override
  public SubjectKeys openKeys() {
    return directory.openKeys();
  }

  @Override
  public Checkpoints checkpoints() {
    return directory.checkpoints();
  }

  @Override
  public LogReaders openLogReaders() {
    return new LogReaders(LogFiles.disk(), directory.path().resolve("readers"), host());
  }

  @Override
  public Path rebuildFolder() {
    return directory.path();
  }

  @Override
  public ScratchStore openScratch(StateOptions options) {
    Path scratch = directory.path().resolve("scratch");
    deleteTree(scratch);
    return new ScratchStore(RocksStore.open(scratch, options), () -> deleteTree(scratch));
  }

  @Override
  public void dropStore() {
    deleteTree(directory.state());
  }

  static void deleteTree(Path tree) {
    if (!Files.exists(tree)) {
      return;
    }
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void describeHolder(String what) {
    directory.describeHolder(what);
  }

  @Override
  public void close() {
    directory.close();
  }
}
