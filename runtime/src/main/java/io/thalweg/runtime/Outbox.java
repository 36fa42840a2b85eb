package io.thalweg.runtime;

import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.runtime.system.MessageSent;
import io.thalweg.runtime.system.MessagesAcknowledged;
import io.thalweg.runtime.system.OutboxLane;
import io.thalweg.runtime.system.OutboxMessage;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RowListener;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The messages that this partition has sent and that are not acknowledged. To each partition that
 * it sends to leads a lane of its own, whose messages are numbered from 1 without a gap.
 *
 * <p>Rows: table {@value #MESSAGES_TABLE} holds the messages by target and sequence, table {@value
 * #LANES_TABLE} the ends of each lane. In memory there are the lanes only.
 *
 * <p><b>Caveat.</b> The rows stand in project 0 and the partition's first slot, whatever project
 * and slot they were sent from: they belong to the partition. Whoever moves slots between
 * partitions, or changes the number of partitions, must send those that were not received again in
 * new lanes, and begin with new inboxes, as {@link Movable} does; or first let the outboxes run
 * empty and carry the numbers of the lanes over.
 *
 * <p>Used by the partition's thread.
 */
final class Outbox {
  static final int MESSAGES_TABLE = PartitionState.FIRST_SYSTEM_TABLE + 4;
  static final int LANES_TABLE = PartitionState.FIRST_SYSTEM_TABLE + 5;

  /** The most messages that a partition keeps; who would send more is refused. */
  static final int MAX_MESSAGES = 100_000;

  /**
   * So many more may be kept that the handlers of messages have sent: a message leaves only when it
   * is handled, so with all outboxes full none ever would if its handler sends another.
   */
  static final int RESERVED_MESSAGES = 10_000;

  static final KeyCodec<Target> TARGETS =
      KeyCodecs.of(
          (t, out) -> out.string(t.service()).int32(t.partition()),
          in -> new Target(in.string(), in.int32()));

  private final PartitionState state;
  private final Table<Key, OutboxMessage> messages;
  private final Table<Target, OutboxLane> lanes;
  private final Lanes present = new Lanes();

  /** A partition of a service. */
  record Target(String service, int partition) {
    @Override
    public String toString() {
      return service + "/" + partition;
    }
  }

  /** A message in its lane. */
  record Key(Target target, long sequence) {}

  Outbox(PartitionState state) {
    this.state = state;
    KeyCodec<Key> keys =
        KeyCodecs.of(
            (k, out) -> {
              TARGETS.encode(k.target(), out);
              out.int64(k.sequence());
            },
            in -> new Key(TARGETS.decode(in), in.int64()));
    messages =
        state.table(
            MESSAGES_TABLE,
            "outbox",
            keys,
            ValueCodecs.of(OutboxMessage::toByteArray, Outbox::message),
            null);
    lanes =
        state.table(
            LANES_TABLE,
            "outbox_lanes",
            TARGETS,
            ValueCodecs.of(OutboxLane::toByteArray, Outbox::lane),
            present);
  }

  /** How many messages are kept. */
  long size() {
    return present.size;
  }

  /** The number that the next message to {@code target} gets. */
  long next(Target target) {
    return laneOf(target).getNext();
  }

  /** The number of the first message to {@code target} that is kept; {@link #next} if none is. */
  long firstKept(Target target) {
    return laneOf(target).getFirstKept();
  }

  /** The partitions that messages are kept for. Changes with the tables. */
  Set<Target> waiting() {
    return present.waiting;
  }

  /** A message that is kept. The state is in the partition's own place after. */
  @Nullable OutboxMessage get(Target target, long sequence) {
    home();
    return messages.get(new Key(target, sequence));
  }

  /** Applies the event; the state is in the event's place again after. */
  void apply(MessageSent sent, EventContext context, int slot) {
    Target target = new Target(sent.getTargetService(), sent.getTargetPartition());
    OutboxLane lane = laneOf(target);
    if (sent.getSequence() != lane.getNext()) {
      throw new IllegalStateException(
          "message %d to %s follows %d".formatted(sent.getSequence(), target, lane.getNext() - 1));
    }
    home();
    messages.put(
        new Key(target, sent.getSequence()),
        OutboxMessage.newBuilder()
            .setProject(context.project())
            .setSlot(sent.getTargetSlot())
            .setRequestType(sent.getRequestType())
            .setPayload(sent.getPayload())
            .setSentUs(context.logTimeUs())
            .setOffset(context.offset())
            .setTrace(sent.getTrace())
            .build());
    lanes.put(target, lane.toBuilder().setNext(sent.getSequence() + 1).build());
    state.enter(context.project(), slot);
  }

  /** Applies the event; the state is in the event's place again after. */
  void apply(MessagesAcknowledged event, EventContext context, int slot) {
    Target target = new Target(event.getTargetService(), event.getTargetPartition());
    OutboxLane lane = laneOf(target);
    if (event.getUpToSequence() >= lane.getNext()) {
      throw new IllegalStateException(
          "message %d to %s is acknowledged and was not sent"
              .formatted(event.getUpToSequence(), target));
    }
    home();
    for (long each = lane.getFirstKept(); each <= event.getUpToSequence(); each++) {
      messages.delete(new Key(target, each));
    }
    lanes.put(target, lane.toBuilder().setFirstKept(event.getUpToSequence() + 1).build());
    state.enter(context.project(), slot);
  }

  private void home() {
    state.enter(0, state.scope().firstSlot());
  }

  private OutboxLane laneOf(Target target) {
    return present.lanes.getOrDefault(target, Lanes.NEW);
  }

  private static OutboxMessage message(byte[] bytes) {
    try {
      return OutboxMessage.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored message cannot be read", e);
    }
  }

  private static OutboxLane lane(byte[] bytes) {
    try {
      return OutboxLane.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored lane of messages cannot be read", e);
    }
  }

  /** The lanes, and how much is in them. */
  private static final class Lanes implements RowListener<Target, OutboxLane> {
    private static final OutboxLane NEW =
        OutboxLane.newBuilder().setFirstKept(1).setNext(1).build();

    private final Map<Target, OutboxLane> lanes = new HashMap<>();
    private final Set<Target> waiting = new LinkedHashSet<>();
    private long size;

    @Override
    public void changed(
        int project, Target key, @Nullable OutboxLane before, @Nullable OutboxLane after) {
      size += kept(after) - kept(before);
      if (after == null) {
        lanes.remove(key);
      } else {
        lanes.put(key, after);
      }
      if (kept(after) > 0) {
        waiting.add(key);
      } else {
        waiting.remove(key);
      }
    }

    private static long kept(@Nullable OutboxLane lane) {
      return lane == null ? 0 : lane.getNext() - lane.getFirstKept();
    }
  }
}
