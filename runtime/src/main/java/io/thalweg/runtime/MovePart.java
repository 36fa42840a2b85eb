package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.thalweg.host.Host;
import io.thalweg.log.Batch;
import io.thalweg.log.EventView;
import io.thalweg.log.Log;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.system.SlotsMoved;
import io.thalweg.state.PartitionScope;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * One partition of the target of a {@link DataMove}, and how far it is. It reads what is there
 * before it writes: records that are there must be those that it would write, and what follows them
 * is appended.
 */
final class MovePart {
  private static final int STEP = Replay.systemType(SlotsMoved.getDefaultInstance());

  private final DataMove.ServiceMove move;
  private final PartitionId id;
  private final PartitionScope scope;
  private final MoveTarget target;
  private final Log log;
  private final Host host;
  private final int batchBytes;
  private Stage stage = Stage.EMPTY;
  private long endOffset;
  private ByteString digest = ByteString.EMPTY;

  /** How far a partition is. */
  private enum Stage {
    /** Nobody has written to it. */
    EMPTY,
    /** It has a barrier of this move. */
    TAKEN,
    /** The first record is there, and maybe others. */
    BEGUN,
    /** The last record is there. */
    ENDED
  }

  MovePart(DataMove.ServiceMove move, int index, MoveTarget target, Host host, int batchBytes) {
    this.batchBytes = batchBytes;
    this.move = move;
    this.target = target;
    this.host = host;
    id = DataMove.partition(move, index);
    scope = TableReplay.scope(move.service().model(), index, move.partitions());
    log = target.log();
  }

  DataMove.ServiceMove move() {
    return move;
  }

  boolean isOf(DataMove.ServiceMove service) {
    return id.service().equals(service.service().name());
  }

  PartitionId id() {
    return id;
  }

  PartitionScope scope() {
    return scope;
  }

  boolean isBegun() {
    return stage != Stage.EMPTY;
  }

  boolean isEnded() {
    return stage == Stage.ENDED;
  }

  /** The offset behind what was brought, before the last record. */
  long endOffset() {
    return endOffset;
  }

  /** What the last record says. */
  void digest(ByteString all) {
    digest = all;
  }

  // ---------------------------------------------------------------- looking

  /**
   * Finds out how far it is; writes nothing.
   *
   * @throws DataDirectoryException if somebody else has written to it
   */
  void look() {
    log.catchUp(id);
    if (log.lastLogTimeUs(id) == 0 && log.durableOffset(id) == 0) {
      stage = Stage.EMPTY;
      return;
    }
    if (log.lineages(id).stream().noneMatch(move.lineage()::equals)) {
      throw foreign("it has records of others");
    }
    stage = Stage.TAKEN;
    try (Present present = new Present()) {
      if (!present.hasNext()) {
        return;
      }
      SlotsMoved first = step(present.next());
      if (first == null || !first.equals(move.begun())) {
        throw foreign(
            first != null && first.getMoveId().equals(move.moveId())
                ? "the node's log has changed since the move began"
                : "it has records of others");
      }
      stage = Stage.BEGUN;
      while (present.hasNext()) {
        SlotsMoved step = step(present.next());
        if (step != null && step.hasEnded()) {
          stage = Stage.ENDED;
          return;
        }
      }
    }
  }

  private DataDirectoryException foreign(String why) {
    return new DataDirectoryException(
        "%s of the cluster %s is not empty: %s; name another cluster, or delete its topics"
            .formatted(id, target.cluster(), why));
  }

  /** The step of a move, or null if the record is another one. */
  private static @Nullable SlotsMoved step(Found found) {
    if (found.type() != STEP) {
      return null;
    }
    try {
      return SlotsMoved.parseFrom(found.payload());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a step of a move cannot be read", e);
    }
  }

  // ---------------------------------------------------------------- writing

  /** Takes the partition, and says that the move has begun. */
  void begin() {
    if (stage != Stage.EMPTY && stage != Stage.TAKEN) {
      return;
    }
    int level = move.service().model().contractLevel();
    long firstOffset = move.service().endOffset();
    MoveWriter.Takeover takeover =
        stage == Stage.TAKEN
            ? listener -> log.lead(id, level, move.logTimeUs(), listener)
            : listener ->
                target.begin(id, firstOffset, move.lineage(), level, move.logTimeUs(), listener);
    try (MoveWriter writer = new MoveWriter(host, move.logTimeUs(), batchBytes, log, takeover)) {
      writer.write(0, scope.firstSlot(), move.begun(), false);
      writer.finish();
    }
    stage = Stage.BEGUN;
  }

  private MoveWriter lead() {
    int level = move.service().model().contractLevel();
    return new MoveWriter(
        host,
        move.logTimeUs(),
        batchBytes,
        log,
        listener -> log.lead(id, level, move.logTimeUs(), listener));
  }

  /** Writes the rest of what is brought; of one that has ended it only compares. */
  void write() {
    try (Present present = new Present();
        Rest rest = new Rest(present)) {
      rest.record(0, scope.firstSlot(), move.begun(), false);
      MoveRecords records =
          new MoveRecords(
              scope, move.moveId(), service -> move.counts().getOrDefault(service, 0), rest);
      for (MoveSource.Part part : move.service().parts()) {
        if (part.state().scope().endSlot() > scope.firstSlot()
            && part.state().scope().firstSlot() < scope.endSlot()) {
          move.source().read(part, scope.firstSlot(), scope.endSlot(), records);
        }
      }
      records.finish();
      endOffset = rest.finish();
    }
  }

  /** Says that all is there. */
  void end() {
    if (stage == Stage.ENDED) {
      return;
    }
    try (MoveWriter writer = lead()) {
      if (writer.nextOffset() != endOffset) {
        throw foreign("somebody has written to it meanwhile");
      }
      writer.write(0, scope.firstSlot(), DataMove.ended(move, digest), false);
      writer.finish();
    }
    stage = Stage.ENDED;
  }

  /** Compares records with those that are there, and appends those that are not. */
  private final class Rest implements MoveRecords.Out, AutoCloseable {
    private final Present present;
    private @Nullable MoveWriter writer;
    private long next = move.service().endOffset();

    Rest(Present present) {
      this.present = present;
    }

    @Override
    public void record(int project, int slot, Message record, boolean joined) {
      if (writer == null && present.hasNext()) {
        Found found = present.next();
        if (found.type() != Replay.systemType(record)
            || found.project() != project
            || found.slot() != slot
            || !found.payload().equals(record.toByteString())) {
          throw foreign(
              "its record at offset %d is not what this build would bring there".formatted(next));
        }
      } else {
        if (isEnded()) {
          throw foreign("the move has ended, and something is missing");
        }
        writer().write(project, slot, record, joined);
      }
      next++;
    }

    private MoveWriter writer() {
      MoveWriter leading = writer;
      if (leading == null) {
        leading = lead();
        writer = leading;
        if (leading.nextOffset() != next) {
          throw foreign("somebody has written to it meanwhile");
        }
      }
      return leading;
    }

    long finish() {
      MoveWriter leading = writer;
      if (leading != null) {
        leading.finish();
      } else if (present.hasNext()) {
        SlotsMoved step = step(present.next());
        if (step == null || !step.hasEnded()) {
          throw foreign("it has a record at offset %d that is not brought there".formatted(next));
        }
      }
      return next;
    }

    @Override
    public void close() {
      if (writer != null) {
        writer.close();
      }
    }
  }

  // ---------------------------------------------------------------- what is there

  /** A record that is there. */
  private record Found(int type, int project, int slot, ByteString payload) {}

  /** The records that are there, in order. */
  private final class Present implements Iterator<Found>, AutoCloseable {
    private final LogReader reader;
    private Iterator<EventView> events = List.<EventView>of().iterator();

    Present() {
      reader = log.read(id, 0);
    }

    @Override
    public boolean hasNext() {
      while (!events.hasNext()) {
        Batch batch = reader.next();
        if (batch == null) {
          return false;
        }
        events = batch.iterator();
      }
      return true;
    }

    @Override
    public Found next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      EventView event = events.next();
      ByteBuffer payload = event.payload();
      return new Found(event.type(), event.project(), event.slot(), ByteString.copyFrom(payload));
    }

    @Override
    public void close() {
      reader.close();
    }
  }
}
