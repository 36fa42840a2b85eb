package io.thalweg.docs.live;

import com.google.rpc.Code;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Neighbours;
import java.util.ArrayList;
import java.util.Collection;
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
 * somebody is in it, and has the awareness of clients of other nodes too. Thread-safe.
 */
final class Rooms {
  private final Map<Place, Room> rooms = new ConcurrentHashMap<>();
  private final ClientLimits limits;
  private final OtherNodes others;
  private final Counter leftOut;

  /** A document of a project. */
  record Place(int project, String document) {}

  /** Another node, as the owner of states. */
  private record Elsewhere(String node) {}

  Rooms(MeterRegistry meters, ClientLimits limits, Neighbours neighbours) {
    this.limits = limits;
    others = new OtherNodes(neighbours, this, meters);
    leftOut =
        Counter.builder("thalweg.docs.awareness.left.out")
            .description(
                "Awareness states of other nodes that were not taken: too many, or too large")
            .register(meters);
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
        if (room.size() == 1) {
          others.ask(place);
        }
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

  /** The clients of a document that are connected to this node. */
  List<Long> ownClients(Place place) {
    Room room = rooms.get(place);
    if (room == null) {
      return List.of();
    }
    synchronized (room) {
      return room.own(room.awareness.present());
    }
  }

  /** What another node is told of a client of this one; null if there is nothing any more. */
  byte @Nullable [] ownState(Place place, long client) {
    Room room = rooms.get(place);
    if (room == null) {
      return null;
    }
    synchronized (room) {
      return room.awareness.encode(room.own(List.of(client)));
    }
  }

  /** Another node says something of its clients; passed over if nobody here has the document. */
  void hear(String node, Place place, byte[] update) {
    Room room = rooms.get(place);
    if (room == null) {
      return;
    }
    List<Member> told = new ArrayList<>();
    synchronized (room) {
      Awareness.Heard heard = room.awareness.hear(new Elsewhere(node), update, System.nanoTime());
      told.addAll(room.tell(heard.changed()));
      told.addAll(room.part(heard.gone()));
      leftOut.increment(heard.leftOut());
    }
    told.forEach(member -> member.news.run());
  }

  /** Something that another node says cannot be taken. */
  void refuse() {
    leftOut.increment();
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

    /** Clients are gone for good: who comes back with the clock that it had is to be believed. */
    private List<Member> part(List<Long> gone) {
      byte[] farewell = awareness.encode(gone);
      awareness.forget(gone);
      if (farewell == null) {
        return List.of();
      }
      members.keySet().forEach(member -> member.part(gone, farewell));
      return List.copyOf(members.keySet());
    }

    private List<Long> own(Collection<Long> clients) {
      return awareness.ownedBy(Member.class::isInstance, clients);
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
      List<Long> changed;
      synchronized (room) {
        changed = room.awareness.apply(this, update, System.nanoTime());
        told = room.tell(changed);
      }
      told.forEach(member -> member.news.run());
      others.changed(place, changed);
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
      others.beat();
    }

    /** Leaves, and its states with it. */
    void leave() {
      List<Member> told;
      Map<Long, byte[]> farewells = new LinkedHashMap<>();
      synchronized (room) {
        if (room.members.remove(this) == null) {
          return;
        }
        List<Long> gone = room.awareness.leave(this);
        for (Long client : gone) {
          byte[] farewell = room.awareness.encode(List.of(client));
          if (farewell != null) {
            farewells.put(client, farewell);
          }
        }
        told = room.part(gone);
        if (room.members.isEmpty()) {
          room.closed = true;
          rooms.remove(place, room);
        }
      }
      told.forEach(member -> member.news.run());
      others.parted(place, farewells);
    }
  }
}
