package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.google.rpc.Status;
import io.thalweg.runtime.system.ReplyStored;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.KeyReader;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RowListener;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The answers to named commands, kept for a window of log time, so that a repeated request gets the
 * answer that the first one got: its reply, or the refusal for good. (A refusal to be tried again,
 * such as a full queue, is none.)
 *
 * <p>A name is scoped by project, principal and method and comes with a hash of the request: the
 * same name for another request is an error. The window never forgets early: when it is full, a
 * further named command is refused. Each stored reply makes room for itself by removing up to
 * {@value #EXPIRE_AT_ONCE} that are past their time, oldest first; that happens in the event's
 * handler, by log time, and so the same way in every replay.
 *
 * <p>Names that clients draw are of a {@linkplain SeriesName series}. Each says which of its client
 * are over, and up to {@value #END_AT_ONCE} of their replies go with it; so a client has about as
 * many here as it has requests in flight, however many it sends, and the window fills with the
 * names that applications keep. The newest reply of a series stays, since it says which of the
 * others are over, for at most {@link #SERIES_WINDOW_US}.
 *
 * <p>Rows: table {@value #REPLIES_TABLE} holds the replies by name; table {@value #EXPIRY_TABLE}
 * orders them by expiry within their slot. In memory there is the order of all expiries (about 100
 * bytes each, with a series 300).
 *
 * <p>Used by the partition's thread.
 */
final class StoredReplies {
  static final int REPLIES_TABLE = PartitionState.FIRST_SYSTEM_TABLE + 1;
  static final int EXPIRY_TABLE = PartitionState.FIRST_SYSTEM_TABLE + 2;
  static final int EXPIRE_AT_ONCE = 4;
  static final int END_AT_ONCE = 16;
  static final int MAX_NAME_BYTES = 128;

  /**
   * How long a reply to a name of a series is kept, at most. Clients send nothing again after 10
   * minutes; but log time, by which it is counted, may run ahead when a clock jumps.
   */
  static final long SERIES_WINDOW_US = TimeUnit.HOURS.toMicros(3);

  private final PartitionState state;
  private final Table<Name, ReplyStored> replies;
  private final Table<Expiry, Pending> expiries;
  private final long maxReplies;
  private final Due due = new Due();

  /** What names a request, within a project and slot. */
  record Name(String principal, String method, String name) {}

  /**
   * The record of an answer, but for the answer.
   *
   * @param windowUs how long names are remembered
   */
  static ReplyStored.Builder answer(Name name, ByteString hash, long logTimeUs, long windowUs) {
    SeriesName parts = SeriesName.of(name.name());
    return ReplyStored.newBuilder()
        .setPrincipal(name.principal())
        .setMethod(name.method())
        .setName(name.name())
        .setRequestHash(hash)
        .setEndedBelow(parts == null ? 0 : parts.endedBelow())
        .setExpireTimeUs(
            logTimeUs + (parts == null ? windowUs : Math.min(windowUs, SERIES_WINDOW_US)));
  }

  /** When a reply expires; the offset makes it unique. */
  record Expiry(long timeUs, long offset) {
    static final Comparator<Expiry> ORDER =
        Comparator.comparingLong(Expiry::timeUs).thenComparingLong(Expiry::offset);
  }

  /** The reply that an expiry is of. */
  record Pending(int slot, Name name) {}

  StoredReplies(PartitionState state, long maxReplies) {
    this.state = state;
    this.maxReplies = maxReplies;
    KeyCodec<Name> names =
        KeyCodecs.of(
            (name, out) -> out.string(name.principal()).string(name.method()).string(name.name()),
            in -> new Name(in.string(), in.string(), in.string()));
    KeyCodec<Expiry> expiry =
        KeyCodecs.of(
            (e, out) -> out.int64(e.timeUs()).int64(e.offset()),
            in -> new Expiry(in.int64(), in.int64()));
    KeyCodec<Pending> pendings =
        KeyCodecs.of(
            (p, out) -> {
              out.int32(p.slot());
              names.encode(p.name(), out);
            },
            in -> new Pending(in.int32(), names.decode(in)));
    replies =
        state.table(
            REPLIES_TABLE,
            "replies",
            names,
            ValueCodecs.of(ReplyStored::toByteArray, StoredReplies::parse),
            null);
    expiries =
        state.table(
            EXPIRY_TABLE,
            "reply_expiries",
            expiry,
            ValueCodecs.of(
                p -> KeyPrefix.of(out -> pendings.encode(p, out)).bytes(),
                bytes -> pendings.decode(new KeyReader(bytes))),
            due);
  }

  /**
   * The stored reply to a named request, or null if it has not been executed (or so long ago that
   * it is forgotten).
   *
   * @throws Failure ALREADY_EXISTS if the name was used for another request; RESOURCE_EXHAUSTED if
   *     it is new and the window is full; FAILED_PRECONDITION if its client has ended it; and the
   *     stored refusal, if the answer was one
   */
  @Nullable Message find(
      int project, Name name, ByteString requestHash, Message replyPrototype, long nowUs) {
    ReplyStored stored = replies.get(name);
    if (stored == null || stored.getExpireTimeUs() <= nowUs) {
      if (due.series.isEnded(project, name)) {
        throw Failure.of(
            Code.FAILED_PRECONDITION,
            "the request name '"
                + Failure.quote(name.name())
                + "' is of a request that its client has ended; a later name of the series says"
                + " so");
      }
      if (stored == null && count() >= maxReplies && due.firstUs() > nowUs) {
        throw Failure.retryable(
            Code.RESOURCE_EXHAUSTED,
            "the window of request names is full ("
                + maxReplies
                + " stored replies in this partition); send the request without a name, or later",
            Math.clamp((due.firstUs() - nowUs) / 1000, 100, 60_000));
      }
      return null;
    }
    if (!stored.getRequestHash().equals(requestHash)) {
      throw Failure.of(
          Code.ALREADY_EXISTS,
          "the request name '"
              + Failure.quote(name.name())
              + "' was used for a different request of this method");
    }
    try {
      if (!stored.getRefusal().isEmpty()) {
        throw new Failure(Status.parseFrom(stored.getRefusal()));
      }
      return replyPrototype.getParserForType().parseFrom(stored.getReply());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored reply cannot be read", e);
    }
  }

  /**
   * Applies the event. The state has entered the event's project and slot, and is there again
   * after.
   */
  void apply(ReplyStored event, EventContext context, int slot) {
    int project = context.project();
    Name name = new Name(event.getPrincipal(), event.getMethod(), event.getName());
    ReplyStored before = replies.get(name);
    if (before != null) {
      removeExpiryOf(name, before);
    }
    replies.put(name, event);
    expiries.put(new Expiry(event.getExpireTimeUs(), context.offset()), new Pending(slot, name));
    for (int i = 0; i < EXPIRE_AT_ONCE && due.firstUs() <= context.logTimeUs(); i++) {
      Map.Entry<Expiry, Place> first = due.order.firstEntry();
      remove(first.getKey(), first.getValue().project(), first.getValue().slot());
    }
    for (int i = 0; i < END_AT_ONCE && event.getEndedBelow() > 0; i++) {
      ReplySeries.Stored ended = due.series.firstBelow(project, name, event.getEndedBelow());
      if (ended == null) {
        break;
      }
      remove(ended.expiry(), project, ended.slot());
    }
    state.enter(project, slot);
  }

  private void remove(Expiry expiry, int project, int slot) {
    state.enter(project, slot);
    Pending pending = expiries.get(expiry);
    if (pending == null) {
      throw new IllegalStateException("an expiry of slot " + slot + " has no row");
    }
    expiries.delete(expiry, pending);
    replies.delete(pending.name());
  }

  // A name may come again after it expired and before its row was removed.
  private void removeExpiryOf(Name name, ReplyStored before) {
    long timeUs = before.getExpireTimeUs();
    for (Table.Row<Expiry, Pending> row :
        expiries.scan(new Expiry(timeUs, 0), new Expiry(timeUs + 1, 0), Table.MAX_SCAN_ROWS)) {
      if (row.value().name().equals(name)) {
        expiries.delete(row.key(), row.value());
        return;
      }
    }
  }

  /** How many replies are stored. */
  long count() {
    return due.order.size();
  }

  private static ReplyStored parse(byte[] bytes) {
    try {
      return ReplyStored.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored reply cannot be read", e);
    }
  }

  static ByteString hashOf(Message request) {
    return ByteString.copyFrom(Arrays.copyOf(ServiceModel.sha256(request.toByteArray()), 16));
  }

  /** The expiries of all slots in order, and by series. */
  private static final class Due implements RowListener<Expiry, Pending> {
    private final TreeMap<Expiry, Place> order = new TreeMap<>(Expiry.ORDER);
    private final ReplySeries series = new ReplySeries();

    @Override
    public void changed(
        int project, Expiry key, @Nullable Pending before, @Nullable Pending after) {
      if (before != null) {
        series.remove(project, before.name(), key);
      }
      if (after == null) {
        order.remove(key);
      } else {
        order.put(key, new Place(project, after.slot()));
        series.add(project, after.name(), key, after.slot());
      }
    }

    long firstUs() {
      return order.isEmpty() ? Long.MAX_VALUE : order.firstKey().timeUs();
    }
  }

  private record Place(int project, int slot) {}
}
