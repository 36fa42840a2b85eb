package io.thalweg.docs.live;

import com.google.rpc.Code;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.runtime.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who is connected to which document on this node, over whatever framing. A room is there while
 * somebody is in it. Thread-safe.
 */
final class Rooms {
  private final Map<Place, Room> rooms = new ConcurrentHashMap<>();
  private final ClientLimits limits;

  private record Place(int project, String document) {}

  Rooms(MeterRegistry meters, ClientLimits limits) {
    this.limits = limits;
    Gauge.builder("thalweg.docs.rooms", rooms, Map::size)
        .description("Documents that clients are connected to")
        .register(meters);
    Gauge.builder(
            "thalweg.docs.clients",
            rooms,
            all -> all.values().stream().mapToDouble(Room::size).sum())
        .description("Clients that are connected to documents")
        .register(meters);
  }

  /**
   * Enters the room of a document.
   *
   * @param news runs when {@link Member#awareness} has something new; must not block
   * @throws Failure RESOURCE_EXHAUSTED if it is full
   */
  Member enter(int project, String document, Runnable news) {
    Place place = new Place(project, document);
    while (true) {
      Room room = rooms.computeIfAbsent(place, at -> new Room());
      Member member = room.enter(place, news);
      if (member != null) {
        return member;
      }
      // The last one had just left.
      rooms.remove(place, room);
    }
  }

  /** What each connection may send. */
  ClientLimits limits() {
    return limits;
  }

  /** How many rooms there are. */
  int size() {
    return rooms.size();
  }

  /** Those that are connected to one document. */
  private final class Room {
    private final Map<Member, Boolean> members = new HashMap<>();
    private final Awareness awareness = new Awareness();
    private boolean closed;

    synchronized int size() {
      return members.size();
    }

    synchronized @Nullable Member enter(Place place, Runnable news) {
      if (closed) {
        return null;
      }
      if (members.size() >= LiveBounds.MAX_CLIENTS) {
        throw Failure.of(
            Code.RESOURCE_EXHAUSTED,
            "a document has at most %d clients on a node".formatted(LiveBounds.MAX_CLIENTS));
      }
      Member member = new Member(this, place, news);
      members.put(member, true);
      member.tell(awareness.present());
      return member;
    }

    private List<Member> tell(List<Long> clients) {
      List<Member> told = new ArrayList<>();
      if (!clients.isEmpty()) {
        members
            .keySet()
            .forEach(member -> {
              member.tell(clients);
              told.add(member);
            });
      }
      return told;
    }
  }

  /** One connection's place in a room. */
  final class Member {
    private final Room room;
    private final Place place;
    private final Runnable news;
    // Under the room's lock; the states of clients that are gone stand as bytes.
    private final Set<Long> untold = new LinkedHashSet<>();
    private final Map<Long, byte[]> parting = new LinkedHashMap<>();

    private Member(Room room, Place place, Runnable news) {
      this.room = room;
      this.place = place;
      this.news = news;
    }

    private void tell(List<Long> clients) {
      untold.addAll(clients);
      clients.forEach(parting::remove);
    }

    private void part(List<Long> gone, byte[] farewell) {
      gone.forEach(untold::remove);
      // Who does not even take these sees states that time out.
      if (parting.size() < LiveBounds.MAX_CLIENTS) {
        parting.put(gone.getFirst(), farewell);
      }
    }

    /** Takes what this connection says of itself. */
    void say(byte[] update) {
      List<Member> told;
      synchronized (room) {
        told = room.tell(room.awareness.apply(this, update, System.nanoTime()));
      }
      told.forEach(member -> member.news.run());
    }

    /** Everything that is known is wanted again. */
    void ask() {
      synchronized (room) {
        tell(room.awareness.present());
      }
      news.run();
    }

    /** What this connection has to be told; null: nothing. */
    byte @Nullable [] awareness() {
      synchronized (room) {
        if (!parting.isEmpty()) {
          Long first = parting.keySet().iterator().next();
          return parting.remove(first);
        }
        if (untold.isEmpty()) {
          return null;
        }
        byte[] update = room.awareness.encode(untold);
        untold.clear();
        return update;
      }
    }

    /** Now and then: takes away who was not heard of for long. */
    void beat() {
      List<Member> told;
      synchronized (room) {
        told = room.tell(room.awareness.expire(System.nanoTime()));
      }
      told.forEach(member -> member.news.run());
    }

    /** Leaves, and its states with it. */
    void leave() {
      List<Member> told = new ArrayList<>();
      synchronized (room) {
        if (room.members.remove(this) == null) {
          return;
        }
        List<Long> gone = room.awareness.leave(this);
        byte[] farewell = room.awareness.encode(gone);
        // Who comes back with the clock that it had is to be believed.
        room.awareness.forget(gone);
        if (farewell != null) {
          for (Member member : room.members.keySet()) {
            member.part(gone, farewell);
            told.add(member);
          }
        }
        if (room.members.isEmpty()) {
          room.closed = true;
          rooms.remove(place, room);
        }
      }
      told.forEach(member -> member.news.run());
    }
  }
}
