package io.thalweg.locks;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.locks.v1.AcquireRequest;
import io.thalweg.locks.v1.Claim;
import io.thalweg.locks.v1.CloseSessionRequest;
import io.thalweg.locks.v1.CloseSessionResponse;
import io.thalweg.locks.v1.GetLockRequest;
import io.thalweg.locks.v1.LockDetails;
import io.thalweg.locks.v1.OpenSessionRequest;
import io.thalweg.locks.v1.ReleaseRequest;
import io.thalweg.locks.v1.ReleaseResponse;
import io.thalweg.locks.v1.Session;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.linear.SequentialModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Exclusive locks of a space, one thing at a time, of sessions that do not expire. Finds deadlocks
 * in a way of its own: from one who waits to the one before it.
 */
final class LocksModel implements SequentialModel<LocksModel.State, Message, Outcome> {
  /** Those who claim a lock, in order: the first has it, with its token. Never changed. */
  record State(Set<String> sessions, Map<String, List<Place>> queues, long last) {}

  record Place(String session, long token) {}

  private record Step(State state, String says) {}

  @Override
  public State initial(String key) {
    return new State(Set.of(), Map.of(), 0);
  }

  @Override
  public Optional<State> step(State state, Message request, Outcome outcome) {
    Step step = apply(state, request);
    return step.says().equals(says(outcome)) ? Optional.of(step.state()) : Optional.empty();
  }

  @Override
  public State stepUnknown(State state, Message request) {
    return apply(state, request).state();
  }

  @Override
  public boolean isRead(Message request) {
    return request instanceof GetLockRequest;
  }

  private static Step apply(State state, Message request) {
    return switch (request) {
      case OpenSessionRequest open -> {
        Set<String> sessions = new TreeSet<>(state.sessions());
        sessions.add(open.getSession());
        yield new Step(new State(sessions, state.queues(), state.last()), open.getSession());
      }
      case CloseSessionRequest close -> {
        boolean there = state.sessions().contains(close.getSession());
        Set<String> sessions = new TreeSet<>(state.sessions());
        sessions.remove(close.getSession());
        State after = new State(sessions, state.queues(), state.last());
        // In the order in which the service ends claims: by their locks. All end, then all is
        // granted.
        List<String> freed = new ArrayList<>();
        for (String lock : new TreeSet<>(state.queues().keySet())) {
          if (placeOf(after, lock, close.getSession()) != null) {
            freed.add(lock);
            after = without(after, lock, close.getSession());
          }
        }
        for (String lock : freed) {
          after = granted(after, lock);
        }
        yield new Step(after, "closed " + there);
      }
      case AcquireRequest acquire -> acquire(state, acquire);
      case ReleaseRequest release -> {
        boolean there = placeOf(state, release.getLock(), release.getSession()) != null;
        State after = without(state, release.getLock(), release.getSession());
        yield new Step(granted(after, release.getLock()), "released " + there);
      }
      case GetLockRequest get -> new Step(state, queue(state, get.getLock()).toString());
      default -> throw new IllegalArgumentException("no model of " + request.getClass());
    };
  }

  private static Step acquire(State state, AcquireRequest request) {
    String session = request.getSession();
    String lock = request.getLock();
    if (!state.sessions().contains(session)) {
      return new Step(state, Code.NOT_FOUND.name());
    }
    Place present = placeOf(state, lock, session);
    if (present != null) {
      return new Step(state, "token " + present.token());
    }
    List<Place> queue = queue(state, lock);
    if (!queue.isEmpty()) {
      if (request.getTryOnly()) {
        return new Step(state, "token 0");
      }
      if (before(state, session) != null) {
        return new Step(state, Code.FAILED_PRECONDITION.name());
      }
      for (String at = queue.getLast().session(); at != null; at = before(state, at)) {
        if (at.equals(session)) {
          return new Step(state, Code.ABORTED.name());
        }
      }
    }
    List<Place> longer = new ArrayList<>(queue);
    longer.add(new Place(session, 0));
    State after = granted(with(state, lock, longer), lock);
    Place place = placeOf(after, lock, session);
    return new Step(after, "token " + (place == null ? 0 : place.token()));
  }

  /** Who is before a session that waits; null if it waits for nothing. */
  private static @Nullable String before(State state, String session) {
    for (List<Place> queue : state.queues().values()) {
      for (int i = 1; i < queue.size(); i++) {
        if (queue.get(i).session().equals(session)) {
          return queue.get(i - 1).session();
        }
      }
    }
    return null;
  }

  private static List<Place> queue(State state, String lock) {
    return state.queues().getOrDefault(lock, List.of());
  }

  private static @Nullable Place placeOf(State state, String lock, String session) {
    return queue(state, lock).stream()
        .filter(place -> place.session().equals(session))
        .findFirst()
        .orElse(null);
  }

  private static State without(State state, String lock, String session) {
    return with(
        state,
        lock,
        queue(state, lock).stream().filter(place -> !place.session().equals(session)).toList());
  }

  private static State with(State state, String lock, List<Place> queue) {
    Map<String, List<Place>> queues = new TreeMap<>(state.queues());
    queues.put(lock, List.copyOf(queue));
    return new State(state.sessions(), queues, state.last());
  }

  private static State granted(State state, String lock) {
    List<Place> queue = new ArrayList<>(queue(state, lock));
    if (queue.isEmpty() || queue.getFirst().token() != 0) {
      return state;
    }
    long token = state.last() + 1;
    queue.set(0, new Place(queue.getFirst().session(), token));
    State after = with(state, lock, queue);
    return new State(after.sessions(), after.queues(), token);
  }

  private static String says(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Refused(Code code) -> code.name();
      case Outcome.Replied(Message reply) ->
          switch (reply) {
            case Session session -> session.getSession();
            case CloseSessionResponse closed -> "closed " + closed.getClosed();
            case Claim claim -> "token " + claim.getToken();
            case ReleaseResponse released -> "released " + released.getReleased();
            case LockDetails details -> {
              List<Place> queue = new ArrayList<>();
              Set<String> seen = new HashSet<>();
              details
                  .getHoldersList()
                  .forEach(c -> queue.add(new Place(c.getSession(), c.getToken())));
              details.getWaitersList().forEach(c -> queue.add(new Place(c.getSession(), 0)));
              queue.forEach(place -> seen.add(place.session()));
              yield seen.size() == queue.size() ? queue.toString() : "twice " + queue;
            }
            default -> throw new IllegalArgumentException("no model of " + reply.getClass());
          };
    };
  }
}
