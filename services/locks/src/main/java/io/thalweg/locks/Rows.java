package io.thalweg.locks;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.thalweg.locks.v1.BarrierRow;
import io.thalweg.locks.v1.ClaimRow;
import io.thalweg.locks.v1.ClaimantRow;
import io.thalweg.locks.v1.LockRow;
import io.thalweg.locks.v1.RegisterRow;
import io.thalweg.locks.v1.SessionRow;
import io.thalweg.locks.v1.SpaceRow;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.Quotas;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodec;
import io.thalweg.state.ValueCodecs;
import org.jspecify.annotations.Nullable;

/**
 * The tables. Keys begin with the space, since a slot holds many.
 *
 * <p>A claim has a row by its owner, which says all, and one by its place among the holders or the
 * waiters of its lock, which says whose it is. Used by the partition's thread.
 */
final class Rows {
  final Table<String, SpaceRow> spaces;
  final Table<Pair<String, String>, SessionRow> sessions;
  final Table<Pair<String, String>, LockRow> locks;
  final Table<ClaimKey, ClaimRow> claims;
  final Table<PlaceKey, ClaimantRow> holders;
  final Table<PlaceKey, ClaimantRow> waiters;
  final Table<Pair<String, String>, RegisterRow> registers;
  final Table<Pair<String, String>, BarrierRow> barriers;
  final Table<ArrivalKey, Long> arrivals;
  final Table<ArrivalKey, Long> arrivalsOfSession;

  /** An owner and a lock: there is one claim of each. */
  record ClaimKey(String space, String session, String owner, String lock) {
    /** Who claims: what can wait for whom. */
    Owner who() {
      return new Owner(session, owner);
    }
  }

  /** Who claims a lock: a session, and a thread or task of it. */
  record Owner(String session, String owner) {
    static Owner of(ClaimantRow row) {
      return new Owner(row.getSession(), row.getOwner());
    }

    /** For messages: without the owner where there is none. */
    @Override
    public String toString() {
      return owner.isEmpty() ? session : session + "/" + owner;
    }
  }

  /** A place among those who hold a lock, or wait for it. */
  record PlaceKey(String space, String lock, long place) {}

  /**
   * Somebody at a barrier.
   *
   * @param first the barrier or the session, by which they are found
   * @param second the other one
   */
  record ArrivalKey(String space, String first, String second, String owner) {
    /** As it is found by the other name. */
    ArrivalKey turned() {
      return new ArrivalKey(space, /* first= */ second, /* second= */ first, owner);
    }
  }

  /** What projects have, and may have. */
  final ProjectQuotas quotas;

  Rows(Definition d, Quotas most) {
    quotas = new ProjectQuotas(most);
    KeyCodec<Pair<String, String>> names = KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.string());
    KeyCodec<ClaimKey> claimKeys =
        KeyCodecs.of(
            (k, out) -> out.string(k.space).string(k.session).string(k.owner).string(k.lock),
            in -> new ClaimKey(in.string(), in.string(), in.string(), in.string()));
    KeyCodec<PlaceKey> places =
        KeyCodecs.of(
            (k, out) -> out.string(k.space).string(k.lock).int64(k.place),
            in -> new PlaceKey(in.string(), in.string(), in.int64()));
    KeyCodec<ArrivalKey> atBarrier =
        KeyCodecs.of(
            (k, out) -> out.string(k.space).string(k.first).string(k.second).string(k.owner),
            in -> new ArrivalKey(in.string(), in.string(), in.string(), in.string()));
    spaces = d.table(1, "spaces", KeyCodecs.string(), codec(SpaceRow.parser()), quotas);
    sessions = d.table(2, "sessions", names, codec(SessionRow.parser()));
    locks = d.table(3, "locks", names, codec(LockRow.parser()));
    claims = d.table(4, "claims", claimKeys, codec(ClaimRow.parser()));
    holders = d.table(5, "holders", places, codec(ClaimantRow.parser()));
    waiters = d.table(6, "waiters", places, codec(ClaimantRow.parser()));
    registers = d.table(7, "registers", names, codec(RegisterRow.parser()));
    barriers = d.table(8, "barriers", names, codec(BarrierRow.parser()));
    arrivals = d.table(9, "arrivals", atBarrier, ValueCodecs.int64());
    arrivalsOfSession = d.table(10, "arrivals_of_session", atBarrier, ValueCodecs.int64());
  }

  /** A row, or an empty one. */
  SpaceRow space(String space) {
    SpaceRow row = spaces.get(space);
    return row == null ? SpaceRow.getDefaultInstance() : row;
  }

  @Nullable SessionRow session(String space, String session) {
    return sessions.get(new Pair<>(space, session));
  }

  LockRow lock(String space, String lock) {
    LockRow row = locks.get(new Pair<>(space, lock));
    return row == null ? LockRow.getDefaultInstance() : row;
  }

  BarrierRow barrier(String space, String barrier) {
    BarrierRow row = barriers.get(new Pair<>(space, barrier));
    return row == null ? BarrierRow.getDefaultInstance() : row;
  }

  /** Everything of two names, such as the waiters of a lock or the claims of a session. */
  static KeyPrefix of(String space, String name) {
    return KeyPrefix.of(out -> out.string(space).string(name));
  }

  /** The claims of an owner. */
  static KeyPrefix of(String space, Owner who) {
    return KeyPrefix.of(out -> out.string(space).string(who.session()).string(who.owner()));
  }

  /** Everything of a space. */
  static KeyPrefix of(String space) {
    return KeyPrefix.of(out -> out.string(space));
  }

  private static <M extends Message> ValueCodec<M> codec(Parser<M> parser) {
    return ValueCodecs.of(
        Message::toByteArray,
        bytes -> {
          try {
            return parser.parseFrom(bytes);
          } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a stored row cannot be read", e);
          }
        });
  }
}
