package io.thalweg.keys;

import com.google.rpc.Code;
import io.thalweg.keys.v1.ClaimKeyRequest;
import io.thalweg.keys.v1.CursorRow;
import io.thalweg.keys.v1.Key;
import io.thalweg.keys.v1.KeyClaimed;
import io.thalweg.keys.v1.KeyState;
import io.thalweg.keys.v1.KeysReleased;
import io.thalweg.keys.v1.KeysUsed;
import io.thalweg.keys.v1.LeaseRow;
import io.thalweg.keys.v1.NamedKey;
import io.thalweg.keys.v1.RangeState;
import io.thalweg.keys.v1.ReleaseKeysRequest;
import io.thalweg.keys.v1.ReleaseKeysResponse;
import io.thalweg.keys.v1.UseKeysRequest;
import io.thalweg.keys.v1.UseKeysResponse;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.KeyCodecs.Pair;
import java.util.HashSet;
import java.util.Set;

/** Changes what is known of single keys: claims, uses and releases them. */
final class Claims {
  private final Tables tables;
  private final Guards guards;
  private final Leases leases;

  Claims(Tables tables, Guards guards, Leases leases) {
    this.tables = tables;
    this.guards = guards;
    this.leases = leases;
  }

  Key claim(ClaimKeyRequest request, CommandContext context) {
    Namespace namespace = tables.index().get(context.caller().project(), request.getNamespace());
    guards.check(namespace, request.hasGuard(), request.getGuard(), context);
    String key = request.getKey();
    checkForm(namespace, key);
    KeyClaimed.Builder claimed = KeyClaimed.newBuilder().setNamespaceId(namespace.id());
    Standing standing = Standing.of(tables, namespace, key);
    switch (standing.state()) {
      case USED -> throw Failure.of(Code.ALREADY_EXISTS, "key '" + key + "' is used");
      case LEASED ->
          throw Bounds.refused(
              "key '%s' lies in a leased block%s, whose holder may give it out"
                  .formatted(key, standing.epoch() == 0 ? "" : " of epoch " + standing.epoch()));
      case UNUSED, KEY_STATE_UNSPECIFIED, UNRECOGNIZED -> {}
    }
    CursorRow cursor = tables.cursor(namespace);
    if (standing.isGenerated()) {
      if (namespace.isTimeOrdered()) {
        throw Bounds.refused(
            "keys of a time-ordered namespace cannot be chosen; got '" + key + "'");
      }
      checkRanges(namespace, cursor, 1);
      claimed.setPosition(standing.position());
    } else {
      if (cursor.getCustom() >= Bounds.MAX_CUSTOM) {
        throw Bounds.exhausted(
            "namespace '%s' has %d claimed keys that are not of its form; no more can be added"
                .formatted(namespace.name(), Bounds.MAX_CUSTOM));
      }
      claimed.setCustom(key);
    }
    context.emit(claimed.build());
    return Standing.of(tables, namespace, key).answer(key);
  }

  private static void checkForm(Namespace namespace, String key) {
    Bounds.checkAscii("key", key);
    if (namespace.maker().words().isIn(key.getBytes(java.nio.charset.StandardCharsets.US_ASCII))) {
      throw Failure.invalid("key", "must hold no blocked word; got '" + key + "'");
    }
    if (namespace.row().getSettings().getCheckCharacter()
        && namespace.maker().text().hasForm(key)
        && namespace.positionOf(key) < 0) {
      throw Failure.invalid(
          "key",
          "must end with the check character '%c'; got '%s'"
              .formatted(namespace.maker().text().checkCharacter(key), key));
    }
  }

  UseKeysResponse use(UseKeysRequest request, CommandContext context) {
    Namespace namespace = tables.index().get(context.caller().project(), request.getNamespace());
    guards.check(namespace, request.hasGuard(), request.getGuard(), context);
    if (request.hasLease() == (request.getKeysCount() > 0)) {
      throw Failure.invalid("keys", "must be given, or a lease, and not both");
    }
    KeysUsed.Builder used = KeysUsed.newBuilder().setNamespaceId(namespace.id());
    if (request.hasLease()) {
      LeaseRow lease = leases.find(namespace, request.getLease().getEpoch());
      long boundary = Leases.boundary(lease, request.getLease(), "lease");
      for (Span span : leases.unknown(namespace, request.getLease().getEpoch())) {
        Span part = Leases.upTo(span, boundary);
        if (part != null) {
          used.addUsed(part.range());
        }
      }
    } else {
      useKeys(request, namespace, used);
    }
    if (used.getUsedCount() > 0) {
      context.emit(used.build());
    }
    return UseKeysResponse.newBuilder().setUsed(Span.count(Span.all(used.getUsedList()))).build();
  }

  private void useKeys(UseKeysRequest request, Namespace namespace, KeysUsed.Builder used) {
    checkRanges(namespace, tables.cursor(namespace), request.getKeysCount());
    Set<Long> positions = new HashSet<>();
    Set<Long> epochs = new HashSet<>();
    for (NamedKey named : request.getKeysList()) {
      Standing standing = Standing.of(tables, namespace, named.getKey());
      switch (standing.state()) {
        case LEASED -> {
          if (positions.add(standing.position())) {
            used.addUsed(new Span(standing.position(), standing.position()).range());
            epochs.add(standing.epoch());
          }
        }
        case USED -> {}
        case UNUSED, KEY_STATE_UNSPECIFIED, UNRECOGNIZED ->
            throw Bounds.refused(
                "key '%s' was given to nobody; claim it".formatted(Failure.quote(named.getKey())));
      }
    }
    for (long epoch : epochs) {
      // Each key may cut a piece in two.
      if (epoch != 0
          && tables.ledger().leased(namespace.id(), epoch, Bounds.MAX_LEASE_PIECES + 1).size()
                  + positions.size()
              > Bounds.MAX_LEASE_PIECES + Bounds.MAX_PIECES) {
        throw Bounds.exhausted(
            "the block of epoch %d would be in more than %d pieces; say how much of it was given out"
                .formatted(epoch, Bounds.MAX_LEASE_PIECES));
      }
    }
  }

  ReleaseKeysResponse release(ReleaseKeysRequest request, CommandContext context) {
    Namespace namespace = tables.index().get(context.caller().project(), request.getNamespace());
    guards.check(namespace, request.hasGuard(), request.getGuard(), context);
    checkRanges(namespace, tables.cursor(namespace), request.getKeysCount());
    KeysReleased.Builder released = KeysReleased.newBuilder().setNamespaceId(namespace.id());
    Set<String> seen = new HashSet<>();
    for (NamedKey named : request.getKeysList()) {
      String key = named.getKey();
      Standing standing = Standing.of(tables, namespace, key);
      if (!seen.add(key) || standing.state() == KeyState.UNUSED) {
        continue;
      }
      if (standing.state() == KeyState.LEASED) {
        throw Bounds.refused(
            "key '%s' is of unknown fate; use it before it is released"
                .formatted(Failure.quote(key)));
      }
      if (!standing.isGenerated()) {
        released.addCustom(key);
      } else if (namespace.isTimeOrdered()) {
        throw Bounds.refused("keys of a time-ordered namespace are not given again");
      } else {
        released.addReleased(new Span(standing.position(), standing.position()).range());
      }
    }
    if (released.getReleasedCount() + released.getCustomCount() > 0) {
      context.emit(released.build());
    }
    return ReleaseKeysResponse.newBuilder()
        .setReleased(released.getReleasedCount() + released.getCustomCount())
        .build();
  }

  private static void checkRanges(Namespace namespace, CursorRow cursor, int more) {
    if (cursor.getRanges() + more > Bounds.MAX_RANGES) {
      throw Leases.tooManyRanges(namespace);
    }
  }

  /**
   * What is known of a key.
   *
   * @param position -1 if it is not of the namespace's form
   * @param epoch of its lease; 0: none, or not known any more
   */
  record Standing(KeyState state, long position, long epoch) {
    static Standing of(Tables tables, Namespace namespace, String key) {
      long position = namespace.positionOf(key);
      if (position < 0) {
        boolean used = tables.custom().contains(new Pair<>(namespace.id(), key));
        return new Standing(used ? KeyState.USED : KeyState.UNUSED, -1, 0);
      }
      Ledger.Entry entry = tables.ledger().at(namespace.id(), position);
      if (entry == null) {
        boolean used = position < tables.cursor(namespace).getHigh();
        return new Standing(used ? KeyState.USED : KeyState.UNUSED, position, 0);
      }
      KeyState state = stateOf(entry.state());
      return new Standing(state, position, entry.epoch());
    }

    private static KeyState stateOf(RangeState state) {
      return switch (state) {
        case RANGE_LEASED, RANGE_LOST -> KeyState.LEASED;
        case RANGE_HANDED_BACK, RANGE_RELEASED -> KeyState.UNUSED;
        case RANGE_CLAIMED -> KeyState.USED;
        case RANGE_STATE_UNSPECIFIED, UNRECOGNIZED ->
            throw new IllegalStateException("a range without a state");
      };
    }

    boolean isGenerated() {
      return position >= 0;
    }

    Key answer(String key) {
      return Key.newBuilder()
          .setKey(key)
          .setState(state)
          .setLeaseEpoch(epoch)
          .setGenerated(isGenerated())
          .build();
    }
  }
}
