package io.thalweg.docs.live;

import com.google.rpc.Code;
import io.thalweg.docs.yjs.ByteReader;
import io.thalweg.docs.yjs.ByteWriter;
import io.thalweg.runtime.Failure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The awareness states of a document, as y-protocols has them: for each client a clock that grows
 * and a state in JSON, which is not looked into. A state belongs to whoever told the newest of it,
 * a connection here or another node, and goes with that one: a client that has moved is not taken
 * away with the connection that it had before. Not thread-safe.
 */
final class Awareness {
  private static final String GONE = "null";

  private final Map<Long, State> states = new HashMap<>();

  private static final class State {
    private Object owner;
    private long clock;
    private String json;
    private long heardNs;

    State(Object owner, long clock, String json, long heardNs) {
      this.owner = owner;
      this.clock = clock;
      this.json = json;
      this.heardNs = heardNs;
    }
  }

  /** What a client says of one client. */
  private record Said(long client, long clock, String json) {
    boolean isGone() {
      return json.equals(GONE);
    }
  }

  /**
   * Takes what a connection says.
   *
   * @return the clients of whom something is new
   * @throws Failure INVALID_ARGUMENT if a state is too large, RESOURCE_EXHAUSTED if there are too
   *     many
   */
  List<Long> apply(Object owner, byte[] update, long nowNs) {
    List<Long> changed = new ArrayList<>();
    for (Said said : read(update)) {
      if (needsRoom(owner, said) && owned(owner) >= LiveBounds.MAX_STATES) {
        throw Failure.of(
            Code.RESOURCE_EXHAUSTED,
            "a connection has at most %d awareness states".formatted(LiveBounds.MAX_STATES));
      }
      if (take(owner, said, nowNs)) {
        changed.add(said.client());
      }
    }
    return changed;
  }

  /** Whether something is new, which is kept then. */
  private boolean take(Object owner, Said said, long nowNs) {
    State known = states.get(said.client());
    if (known == null) {
      if (!said.isGone()) {
        states.put(said.client(), new State(owner, said.clock(), said.json(), nowNs));
      }
      return !said.isGone();
    }
    boolean isNew =
        said.clock() > known.clock
            || (said.clock() == known.clock && said.isGone() && !known.json.equals(GONE));
    if (isNew) {
      if (!said.isGone()) {
        known.owner = owner;
      }
      known.clock = said.clock();
      known.json = said.json();
      known.heardNs = nowNs;
    }
    return isNew;
  }

  private boolean needsRoom(Object owner, Said said) {
    State known = states.get(said.client());
    return !said.isGone()
        && (known == null || (said.clock() > known.clock && !known.owner.equals(owner)));
  }

  private long owned(Object owner) {
    return states.values().stream().filter(state -> state.owner.equals(owner)).count();
  }

  /**
   * What another node has told.
   *
   * @param changed the clients of whom something is new
   * @param gone those that have left there
   * @param leftOut states that were not taken, since the node has as many as it may
   */
  record Heard(List<Long> changed, List<Long> gone, int leftOut) {}

  /**
   * Takes what another node says of its own clients. That one is gone there says nothing of a
   * client that is here by now.
   *
   * @throws Failure INVALID_ARGUMENT if a state is too large
   */
  Heard hear(Object node, byte[] update, long nowNs) {
    List<Long> changed = new ArrayList<>();
    List<Long> gone = new ArrayList<>();
    int leftOut = 0;
    for (Said said : read(update)) {
      State known = states.get(said.client());
      boolean isIts = known != null && known.owner.equals(node);
      if (said.isGone()) {
        if (isIts && take(node, said, nowNs)) {
          gone.add(said.client());
        }
      } else if (needsRoom(node, said) && owned(node) >= LiveBounds.MAX_NODE_STATES) {
        leftOut++;
      } else if (take(node, said, nowNs)) {
        changed.add(said.client());
      }
    }
    return new Heard(changed, gone, leftOut);
  }

  /** Of some clients, those whose states belong to somebody of whom {@code which} holds. */
  List<Long> ownedBy(Predicate<Object> which, Collection<Long> clients) {
    return clients.stream()
        .filter(client -> {
          State state = states.get(client);
          return state != null && which.test(state.owner);
        })
        .toList();
  }

  private static List<Said> read(byte[] update) {
    ByteReader reader = new ByteReader(update);
    long count = reader.readVarUint();
    List<Said> all = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      long client = reader.readVarUint();
      long clock = reader.readVarUint();
      String json = reader.readString();
      int size = json.getBytes(StandardCharsets.UTF_8).length;
      if (size > LiveBounds.MAX_STATE_BYTES) {
        throw Failure.invalid(
            "awareness",
            "must have at most %d bytes for each client; got %d"
                .formatted(LiveBounds.MAX_STATE_BYTES, size));
      }
      all.add(new Said(client, clock, json));
    }
    return all;
  }

  /** Takes the states of a connection away that is gone. */
  List<Long> leave(Object owner) {
    return markGone(state -> state.owner.equals(owner));
  }

  /** Takes the states away that were not heard of for too long. */
  List<Long> expire(long nowNs) {
    Iterator<State> old = states.values().iterator();
    while (old.hasNext()) {
      State state = old.next();
      if (state.json.equals(GONE) && nowNs - state.heardNs > LiveBounds.AWARENESS_NS) {
        old.remove();
      }
    }
    List<Long> gone =
        markGone(
            state -> !state.json.equals(GONE) && nowNs - state.heardNs > LiveBounds.AWARENESS_NS);
    gone.forEach(client -> {
      State state = states.get(client);
      if (state != null) {
        state.heardNs = nowNs;
      }
    });
    return gone;
  }

  private List<Long> markGone(Predicate<State> which) {
    List<Long> gone = new ArrayList<>();
    states.forEach((client, state) -> {
      if (which.test(state) && !state.json.equals(GONE)) {
        state.json = GONE;
        gone.add(client);
      }
    });
    return gone;
  }

  /** Forgets a client, so that one of this name begins anew. */
  void forget(Collection<Long> clients) {
    clients.forEach(states::remove);
  }

  /** The clients that are there. */
  List<Long> present() {
    List<Long> clients = new ArrayList<>();
    states.forEach((client, state) -> {
      if (!state.json.equals(GONE)) {
        clients.add(client);
      }
    });
    return clients;
  }

  /** What to tell of some clients; null if nothing is known of any. */
  byte @Nullable [] encode(Collection<Long> clients) {
    List<Long> known = clients.stream().filter(states::containsKey).toList();
    if (known.isEmpty()) {
      return null;
    }
    ByteWriter writer = new ByteWriter().writeVarUint(known.size());
    for (Long client : known) {
      State state = states.get(client);
      if (state != null) {
        writer.writeVarUint(client).writeVarUint(state.clock).writeString(state.json);
      }
    }
    return writer.toBytes();
  }
}
