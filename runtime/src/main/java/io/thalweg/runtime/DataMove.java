package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import io.thalweg.host.Host;
import io.thalweg.log.Lineage;
import io.thalweg.log.Log;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.system.MoveBegun;
import io.thalweg.runtime.system.MoveEnded;
import io.thalweg.runtime.system.SlotsMoved;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RocksStore;
import io.thalweg.state.StateOptions;
import io.thalweg.state.StateView;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Brings the data of a node that does not run into the log of a cluster, whose number of partitions
 * may be another.
 *
 * <p>What is brought are rows, and not the events that made them: the rows hold offsets (fencing
 * tokens, places in a queue, what is pending) that must stay what they are, two partitions that
 * become one would have the same ones, and the first events may be gone. The rows are records of
 * the new log, so that it has all that a replay needs. Each partition of it begins at an offset
 * that is beyond every one of the source, so tokens grow on, and with a lineage of its own, so
 * positions of watchers are answered with "resync".
 *
 * <ol>
 *   <li>The mark is written: from then on no node starts on the directory.
 *   <li>Each partition gets a barrier and a record that the move has begun. A node that meets it
 *       does not lead.
 *   <li>Keys of what is sealed, then the rows.
 *   <li>Each partition is replayed from the target into a scratch store, and what is carried in it
 *       is compared with the source, by a digest for each service.
 *   <li>Each partition gets the record that the move has ended.
 * </ol>
 *
 * Killed anywhere, the same move goes on: the records are the same every time, so what is there is
 * compared and the rest appended.
 *
 * <p>Used by one thread.
 */
public final class DataMove implements AutoCloseable {
  /** Told how far it is. */
  @FunctionalInterface
  public interface Progress {
    /** So many of so many. */
    void at(long done, long of, String what);
  }

  /**
   * What was brought of a service.
   *
   * @param items rows, replies, timers, messages and all else that was carried
   * @param digest of them, of the target as it was read back; hexadecimal
   */
  public record Moved(
      String service, int fromPartitions, int toPartitions, long items, String digest) {
    /** As a line for a person. */
    public String line() {
      return "%s: %,d items of %d partitions are equal in %d, digest %.16s"
          .formatted(service, items, fromPartitions, toPartitions, digest);
    }
  }

  private final Path data;
  private final Host host;
  private final Progress progress;
  private final DataDirectory directory;
  private final MoveSource source;
  private int batchBytes = MoveWriter.BATCH_BYTES;

  /**
   * Opens the source, and brings its tables to the end of its log.
   *
   * @param types the services of this build
   * @throws DataDirectoryException if a node runs on the directory, it has data of a service that
   *     is none of {@code types}, or its tables cannot be made
   */
  public DataMove(Path data, List<ServiceType> types, Host host, Progress progress) {
    this.data = data;
    this.host = host;
    this.progress = progress;
    directory = DataDirectory.lock(data);
    try {
      String unfinished = RebuildDirectory.unfinishedSwitchIn(data);
      if (unfinished != null) {
        throw new DataDirectoryException(unfinished);
      }
      directory.describeHolder("'thalweg move'");
      source = new MoveSource(directory, types, progress);
    } catch (RuntimeException | Error e) {
      directory.close();
      throw e;
    }
  }

  /** Closes batches when they have so many bytes, for tests. */
  void batchBytes(int bytes) {
    batchBytes = bytes;
  }

  /** Whether old log was removed of the source: then nobody has its whole history any more. */
  public boolean isShortened() {
    return source.isShortened();
  }

  /**
   * Brings everything to a target, or goes on with it.
   *
   * @param partitions of each service in the target, if it is made; 0 for as many as in the source
   * @return by service, what was brought and compared
   * @throws DataDirectoryException if the data are being moved to another cluster, or the target
   *     has data of its own
   * @throws io.thalweg.log.LogException if the target cannot be reached, does not keep what is
   *     acknowledged, or a node has taken a partition over
   */
  public List<Moved> run(MoveTarget target, int partitions) {
    Map<String, Integer> counts = new HashMap<>();
    for (MoveSource.Service service : source.services()) {
      int wanted = partitions == 0 ? service.parts().size() : partitions;
      counts.put(service.name(), target.partitionsOf(service.name(), wanted));
    }
    MoveMark mark = mark(target);
    List<ServiceMove> moves = new ArrayList<>();
    List<MovePart> parts = new ArrayList<>();
    for (MoveSource.Service service : source.services()) {
      ServiceMove move = move(service, mark, counts);
      moves.add(move);
      for (int i = 0; i < move.partitions(); i++) {
        parts.add(new MovePart(move, i, target, host, batchBytes));
      }
    }
    // All of them are looked at before anything is written.
    parts.forEach(MovePart::look);
    if (parts.stream().noneMatch(MovePart::isBegun) && target.countKeys() > 0) {
      throw new DataDirectoryException(
          "the cluster %s has keys of sealed data already; name another cluster"
              .formatted(target.cluster()));
    }
    mark.write(data);
    for (MovePart part : parts) {
      part.begin();
    }
    if (parts.stream().noneMatch(MovePart::isEnded)) {
      progress.at(0, 1, "keys of sealed data");
      target.takeKeys(source.keys());
    }
    for (int i = 0; i < parts.size(); i++) {
      progress.at(i, parts.size(), "writing");
      parts.get(i).write();
    }
    List<Moved> moved = compare(target.log(), moves, parts);
    for (MovePart part : parts) {
      part.end();
    }
    new MoveMark(mark.id(), mark.cluster(), true).write(data);
    progress.at(1, 1, "done");
    return moved;
  }

  private MoveMark mark(MoveTarget target) {
    MoveMark before = MoveMark.read(data);
    if (before == null) {
      return new MoveMark(host.newUuid(), target.cluster(), false);
    }
    if (!before.cluster().equals(target.cluster())) {
      throw new DataDirectoryException(
          "the data of %s were moved to the cluster %s, or are being moved there; to bring them to %s delete the file %s, and the topics of the other cluster"
              .formatted(data, before.cluster(), target.cluster(), data.resolve(MoveMark.NAME)));
    }
    return new MoveMark(before.id(), before.cluster(), false);
  }

  /**
   * What all partitions of a service have in common.
   *
   * @param begun the first record of each
   */
  record ServiceMove(
      MoveSource source,
      MoveSource.Service service,
      Map<String, Integer> counts,
      ByteString moveId,
      SlotsMoved begun,
      Lineage lineage,
      long logTimeUs) {
    int partitions() {
      return counts.getOrDefault(service.name(), 0);
    }

    /** What was carried, of the source. */
    MoveDigest digest(long expiredUs) {
      MoveDigest digest = new MoveDigest(expiredUs);
      service.parts().forEach(part -> source.read(part, 0, Slots.COUNT, digest));
      return digest;
    }
  }

  private ServiceMove move(MoveSource.Service service, MoveMark mark, Map<String, Integer> counts) {
    MoveBegun.Builder begun = MoveBegun.newBuilder().setSourceLog(bytes(source.logId()));
    service.parts().forEach(part -> begun.addSourceEnds(part.endOffset()));
    ByteString id = bytes(mark.id());
    int drawn = Math.floorMod(mark.id().hashCode(), Lineage.DRAWN);
    int ordinal = Lineage.ordinalAfter(source.newestLineage(service), drawn);
    return new ServiceMove(
        source,
        service,
        counts,
        id,
        SlotsMoved.newBuilder().setMoveId(id).setBegun(begun).build(),
        new Lineage(ordinal, 0, 0, mark.id()),
        source.lastLogTimeUs());
  }

  private static ByteString bytes(UUID id) {
    return ByteString.copyFrom(
        ByteBuffer.allocate(2 * Long.BYTES)
            .putLong(id.getMostSignificantBits())
            .putLong(id.getLeastSignificantBits())
            .flip());
  }

  // ---------------------------------------------------------------- comparing

  private List<Moved> compare(Log log, List<ServiceMove> moves, List<MovePart> parts) {
    long expiredUs = parts.stream().mapToLong(part -> log.lastLogTimeUs(part.id())).max().orElse(0);
    List<Moved> moved = new ArrayList<>();
    for (ServiceMove service : moves) {
      MoveDigest there = new MoveDigest(expiredUs);
      for (MovePart part : parts) {
        if (part.isOf(service)) {
          progress.at(moved.size(), moves.size(), "comparing " + part.id());
          replay(log, part, there);
        }
      }
      MoveDigest here = service.digest(expiredUs);
      if (!here.hex().equals(there.hex())) {
        throw new DataDirectoryException(
            "what was brought of %s is not what the node had: %,d items with digest %s, and %,d with %s; nothing was begun there, delete the topics of the cluster and %s, and begin anew"
                .formatted(
                    service.service().name(),
                    there.items(),
                    there.hex(),
                    here.items(),
                    here.hex(),
                    data.resolve(MoveMark.NAME)));
      }
      moved.add(
          new Moved(
              service.service().name(),
              service.service().parts().size(),
              service.partitions(),
              there.items(),
              there.hex()));
      parts.stream()
          .filter(part -> part.isOf(service))
          .forEach(part -> part.digest(ByteString.copyFrom(there.bytes())));
    }
    return moved;
  }

  private void replay(Log log, MovePart part, MoveDigest into) {
    Path scratch = directory.path().resolve("scratch");
    DirectoryStorage.deleteTree(scratch);
    try (ScratchStore store =
            new ScratchStore(
                RocksStore.open(scratch, StateOptions.defaults()),
                () -> DirectoryStorage.deleteTree(scratch));
        PartitionState state = PartitionState.open(store.store(), part.scope())) {
      TableReplay tables = new TableReplay(part.move().service().model(), state);
      tables.run(
          new StartingPoint(log.read(part.id(), 0), false, null), part.endOffset(), at -> true);
      try (StateView view = state.freeze()) {
        Movable.read(state, tables.tables(), view, lane -> 0, 0, Slots.COUNT, into);
      }
    }
  }

  /** The last record of a partition. */
  static SlotsMoved ended(ServiceMove move, ByteString digest) {
    return SlotsMoved.newBuilder()
        .setMoveId(move.moveId())
        .setEnded(MoveEnded.newBuilder().setDigest(digest))
        .build();
  }

  /** The partition of a service. */
  static PartitionId partition(ServiceMove move, int index) {
    return new PartitionId(move.service().name(), index);
  }

  @Override
  public void close() {
    try (directory) {
      source.close();
    }
  }
}
