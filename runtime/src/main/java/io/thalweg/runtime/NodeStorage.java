package io.thalweg.runtime;

import io.thalweg.host.Host;
import io.thalweg.log.Log;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.runtime.keys.SubjectKeys;
import io.thalweg.state.MemoryStore;
import io.thalweg.state.StateOptions;
import io.thalweg.state.Store;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node stands on, and where engines differ: its host, its log and who should lead what in
 * it, and the place of its tables. One node at a time holds a storage. {@link DirectoryStorage} is
 * a directory of the file system; a simulator has one in memory; the node of a cluster has its
 * tables in a directory, and a log that it shares with others.
 */
public interface NodeStorage extends AutoCloseable {
  /**
   * A directory of the file system on this machine, which is made if it is not there, and locked.
   *
   * @throws DataDirectoryException if another process (or another node in this one) holds it, or if
   *     a switch of tables was interrupted
   */
  static NodeStorage directory(Path data) {
    return DirectoryStorage.lock(data);
  }

  /** Which partitions this node should lead: all of them, where the log is its own. */
  default Leadership leadership() {
    return Leadership.ALWAYS;
  }

  /** Threads, clocks and randomness. */
  Host host();

  /**
   * The number of partitions of a service: as it was when the service was first opened here.
   *
   * @param wanted for a service that is new here
   */
  int partitionsOf(String service, int wanted);

  /** The number of partitions of every service that was opened here. */
  Map<String, Integer> partitionsOfAll();

  /**
   * Opens the log.
   *
   * @throws io.thalweg.log.LogException if it cannot be opened now
   * @throws io.thalweg.log.LogCorruptException if it is damaged
   */
  Log openLog(SegmentLogOptions options);

  /**
   * Whether other nodes write and read the same log: then what a node may remove of it depends on
   * what they share.
   */
  default boolean sharesLog() {
    return false;
  }

  /** Opens the tables. Those that cannot be read are dropped: they are made again from the log. */
  Store openStore(StateOptions options);

  /**
   * Opens the keys of what is sealed, which lie apart from log and tables.
   *
   * @throws DataDirectoryException if keys are lost that were there before
   * @throws io.thalweg.state.StoreException if they cannot be read
   */
  SubjectKeys openKeys();

  /** Deletes the tables, which are not open. */
  void dropStore();

  /** Where checkpoints are kept, or null if this storage keeps none. */
  default @Nullable Checkpoints checkpoints() {
    return null;
  }

  /** The places of readers that come back, or null if this storage remembers none. */
  default @Nullable LogReaders openLogReaders() {
    return null;
  }

  /** The directory that tables are made again in beside this node, or null if there is none. */
  default @Nullable Path rebuildFolder() {
    return null;
  }

  /** Makes an empty store for rows that are compared and thrown away; one at a time. */
  default ScratchStore openScratch(StateOptions options) {
    return new ScratchStore(new MemoryStore(options), () -> {});
  }

  /** Tells whoever finds the storage in use what this process is. */
  void describeHolder(String what);

  /** Lets go of it. */
  @Override
  void close();
}
