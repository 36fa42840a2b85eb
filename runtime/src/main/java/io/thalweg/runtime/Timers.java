package io.thalweg.runtime;

import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.runtime.DeadLetterTable.Place;
import io.thalweg.runtime.system.PendingTimer;
import io.thalweg.runtime.system.TimerCleared;
import io.thalweg.runtime.system.TimerFired;
import io.thalweg.runtime.system.TimerSet;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.KeyReader;
import io.thalweg.state.PartitionState;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The timers of a partition, durable. They fire in the order of their deadlines; of the same
 * deadline the one that was set first.
 *
 * <p>Rows, each in the timer's own project and slot: table {@value #TIMERS_TABLE} holds the timers
 * by name, table {@value #DUE_TABLE} orders them within their place. In memory there is of each
 * place the first deadline only ({@link FirstDeadlines}), so that millions may be pending.
 *
 * <p>Used by the partition's thread.
 */
final class Timers {
  static final int TIMERS_TABLE = PartitionState.FIRST_SYSTEM_TABLE + 8;
  static final int DUE_TABLE = PartitionState.FIRST_SYSTEM_TABLE + 9;

  /** The most timers of a partition. */
  static final int MAX_TIMERS = 10_000_000;

  private final PartitionState state;
  private final Table<String, PendingTimer> timers;
  private final Table<Deadline, Due> due;
  private final KeyCodec<Due> dues;
  private final FirstDeadlines firsts = new FirstDeadlines();

  /**
   * When a timer is due.
   *
   * @param atUs log time, microseconds since 1970
   * @param sequence offset of its TimerSet: unique in the partition
   */
  record Deadline(long atUs, long sequence) implements Comparable<Deadline> {
    @Override
    public int compareTo(Deadline other) {
      int byTime = Long.compare(atUs, other.atUs);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
  }

  /** What is due then. */
  record Due(int slot, String name) {}

  /** A timer whose time has come. */
  record Ripe(Place place, String name, PendingTimer timer) {}

  Timers(PartitionState state) {
    this.state = state;
    timers =
        state.table(
            TIMERS_TABLE,
            "timers",
            KeyCodecs.string(),
            ValueCodecs.of(PendingTimer::toByteArray, Timers::parse),
            null);
    KeyCodec<Deadline> deadlines =
        KeyCodecs.of(
            (d, out) -> out.int64(d.atUs()).int64(d.sequence()),
            in -> new Deadline(in.int64(), in.int64()));
    dues =
        KeyCodecs.of(
            (d, out) -> out.int32(d.slot()).string(d.name()),
            in -> new Due(in.int32(), in.string()));
    due =
        state.table(
            DUE_TABLE,
            "timers_due",
            deadlines,
            ValueCodecs.of(
                d -> KeyPrefix.of(out -> dues.encode(d, out)).bytes(),
                bytes -> dues.decode(new KeyReader(bytes))),
            firsts);
  }

  /** How many are pending. */
  long count() {
    return firsts.count();
  }

  /** How many entries memory holds for them: one for each project and slot that has timers. */
  int places() {
    return firsts.places();
  }

  /** No timer is due before this log time; {@link Long#MAX_VALUE} if none is pending. */
  long notBeforeUs() {
    FirstDeadlines.First first = firsts.head();
    return first == null ? Long.MAX_VALUE : first.deadline().atUs();
  }

  /** Whether a timer of this name is pending in the place that the state has entered. */
  boolean isSet(String name) {
    return timers.contains(name);
  }

  /**
   * The first timer that is due at {@code nowUs}, or null. The state has entered its place after,
   * or another one.
   */
  @Nullable Ripe firstDue(long nowUs) {
    for (FirstDeadlines.First head = firsts.head();
        head != null && head.deadline().atUs() <= nowUs;
        head = firsts.head()) {
      state.enter(head.place().project(), head.place().slot());
      List<Table.Row<Deadline, Due>> rows = due.scan(head.deadline(), null, 1);
      if (rows.isEmpty()) {
        throw new IllegalStateException("no timer of " + head.place() + " has a row");
      }
      Table.Row<Deadline, Due> row = rows.getFirst();
      if (!row.key().equals(head.deadline())) {
        // Only a bound was known. Another place may be first now.
        firsts.found(head.place(), row.key());
        continue;
      }
      PendingTimer timer = timers.get(row.value().name());
      if (timer == null) {
        throw new IllegalStateException("timer '" + row.value().name() + "' has no row");
      }
      return new Ripe(head.place(), row.value().name(), timer);
    }
    return null;
  }

  /**
   * The record that sets a timer again.
   *
   * @param row value of its row in the order of deadlines; the state has entered its place
   */
  TimerSet set(byte[] row) {
    String name = dues.decode(new KeyReader(row)).name();
    PendingTimer timer = timers.get(name);
    if (timer == null) {
      throw new IllegalStateException("timer '" + name + "' has no row");
    }
    return TimerSet.newBuilder()
        .setName(name)
        .setAtUs(timer.getAtUs())
        .setRequestType(timer.getRequestType())
        .setPayload(timer.getPayload())
        .build();
  }

  /** Applies the event. The state has entered its place. */
  void apply(TimerSet event, EventContext context, int slot) {
    remove(event.getName());
    timers.put(
        event.getName(),
        PendingTimer.newBuilder()
            .setAtUs(event.getAtUs())
            .setSequence(context.offset())
            .setRequestType(event.getRequestType())
            .setPayload(event.getPayload())
            .build());
    due.replace(
        new Deadline(event.getAtUs(), context.offset()), null, new Due(slot, event.getName()));
  }

  /** Applies the event. The state has entered its place. */
  void apply(TimerCleared event) {
    remove(event.getName());
  }

  /** Applies the event. The state has entered its place. */
  void apply(TimerFired event) {
    remove(event.getName());
  }

  private void remove(String name) {
    PendingTimer before = timers.get(name);
    if (before != null) {
      timers.delete(name);
      due.delete(new Deadline(before.getAtUs(), before.getSequence()));
    }
  }

  private static PendingTimer parse(byte[] bytes) {
    try {
      return PendingTimer.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored timer cannot be read", e);
    }
  }
}
