package io.thalweg.docs.live;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.docs.live.Rooms.Place;
import io.thalweg.docs.yjs.ByteReader;
import io.thalweg.docs.yjs.ByteWriter;
import io.thalweg.docs.yjs.MalformedUpdateException;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Neighbours;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells the other nodes of the cluster of the clients that are connected here, and hears of theirs.
 *
 * <p>One note is on its way to a node at a time; what changes meanwhile waits as names of clients,
 * so that the next note has the latest state of each, however many there were. A node whose room of
 * a document has just opened asks the others for it. A note that may not have arrived is told again
 * with the next news, or beat. Nothing more is needed: clients renew their states every 15 s, and
 * what was not renewed is gone after 30 s at each node by itself.
 *
 * <p>A note: the format (1); documents that are asked for; awareness updates, of one client each.
 *
 * <p>Thread-safe. Locks: a node's, then none; a room's is never asked for under it.
 */
final class OtherNodes {
  static final String TOPIC = "docs.awareness";
  private static final int FORMAT = 1;

  /** In place of a farewell: the state that the client has when the note is written. */
  private static final byte[] AS_IT_IS = {};

  private final Neighbours neighbours;
  private final Rooms rooms;
  private final Counter untold;
  private final Map<String, Waiting> nodes = new ConcurrentHashMap<>();

  private record Subject(Place place, long client) {}

  /** What is to be told to a node. Guarded by itself. */
  private static final class Waiting {
    private final Map<Subject, byte[]> states = new LinkedHashMap<>();
    private final Set<Place> asked = new LinkedHashSet<>();
    private boolean sending;

    private boolean isFull() {
      return states.size() + asked.size() >= LiveBounds.MAX_UNTOLD;
    }
  }

  private record Taken(List<Place> asked, Map<Subject, byte[]> states) {}

  OtherNodes(Neighbours neighbours, Rooms rooms, MeterRegistry meters) {
    this.neighbours = neighbours;
    this.rooms = rooms;
    untold =
        Counter.builder("thalweg.docs.awareness.untold")
            .description("Awareness states that another node was not told of: too many waited")
            .register(meters);
    neighbours.listen(TOPIC, this::heard);
  }

  /** A room has opened: who is there at other nodes? */
  void ask(Place place) {
    for (String node : neighbours.others()) {
      Waiting waiting = waitingFor(node);
      synchronized (waiting) {
        if (!waiting.isFull()) {
          waiting.asked.add(place);
        }
      }
      send(node, waiting);
    }
  }

  /** Something is new of some clients, of whichever node. */
  void changed(Place place, Collection<Long> clients) {
    if (!clients.isEmpty()) {
      neighbours.others().forEach(node -> tell(node, place, clients));
    }
  }

  private void tell(String node, Place place, Collection<Long> clients) {
    Waiting waiting = waitingFor(node);
    synchronized (waiting) {
      clients.forEach(client -> put(waiting, new Subject(place, client), AS_IT_IS));
    }
    send(node, waiting);
  }

  private void put(Waiting waiting, Subject subject, byte[] state) {
    if (waiting.isFull() && !waiting.states.containsKey(subject)) {
      untold.increment();
    } else {
      waiting.states.put(subject, state);
    }
  }

  /** Clients have left. */
  void parted(Place place, Map<Long, byte[]> farewells) {
    if (farewells.isEmpty()) {
      return;
    }
    for (String node : neighbours.others()) {
      Waiting waiting = waitingFor(node);
      synchronized (waiting) {
        farewells.forEach((client, farewell) -> put(waiting, new Subject(place, client), farewell));
      }
      send(node, waiting);
    }
  }

  /** Now and then: tells again what did not arrive. */
  void beat() {
    if (nodes.isEmpty()) {
      return;
    }
    nodes.keySet().retainAll(neighbours.others());
    nodes.forEach(this::send);
  }

  private Waiting waitingFor(String node) {
    return nodes.computeIfAbsent(node, n -> new Waiting());
  }

  // ---------------------------------------------------------------- telling

  private void send(String node, Waiting waiting) {
    Taken taken;
    synchronized (waiting) {
      if (waiting.sending || (waiting.states.isEmpty() && waiting.asked.isEmpty())) {
        return;
      }
      waiting.sending = true;
      taken = take(waiting);
    }
    neighbours.tell(node, TOPIC, write(taken), arrived -> sent(node, waiting, taken, arrived));
  }

  private static Taken take(Waiting waiting) {
    List<Place> asked = List.copyOf(waiting.asked);
    waiting.asked.clear();
    Map<Subject, byte[]> states = new LinkedHashMap<>();
    Iterator<Map.Entry<Subject, byte[]>> all = waiting.states.entrySet().iterator();
    while (all.hasNext() && states.size() < LiveBounds.MAX_NOTE_STATES) {
      Map.Entry<Subject, byte[]> each = all.next();
      states.put(each.getKey(), each.getValue());
      all.remove();
    }
    return new Taken(asked, states);
  }

  private void sent(String node, Waiting waiting, Taken taken, boolean arrived) {
    synchronized (waiting) {
      waiting.sending = false;
      if (!arrived) {
        waiting.asked.addAll(taken.asked());
        taken.states().forEach(waiting.states::putIfAbsent);
      }
    }
    if (arrived) {
      send(node, waiting);
    }
  }

  private ByteString write(Taken taken) {
    ByteWriter note = new ByteWriter().writeVarUint(FORMAT).writeVarUint(taken.asked().size());
    taken.asked().forEach(place -> write(note, place));
    Map<Subject, byte[]> states = new LinkedHashMap<>();
    taken
        .states()
        .forEach((subject, farewell) -> {
          byte[] state =
              farewell.length > 0 ? farewell : rooms.ownState(subject.place(), subject.client());
          if (state != null) {
            states.put(subject, state);
          }
        });
    note.writeVarUint(states.size());
    states.forEach((subject, state) -> {
      write(note, subject.place());
      note.writeBytes(state);
    });
    return ByteString.copyFrom(note.toBytes());
  }

  private static void write(ByteWriter note, Place place) {
    note.writeVarUint(place.project()).writeString(place.document());
  }

  // ---------------------------------------------------------------- hearing

  private void heard(String node, ByteString body) {
    try {
      ByteReader note = new ByteReader(body.toByteArray());
      if (note.readVarUint() != FORMAT) {
        // A node of a later release; its clients are not seen here until this one has it too.
        rooms.refuse();
        return;
      }
      List<Place> asked = new ArrayList<>();
      for (long left = note.readVarUint(); left > 0; left--) {
        asked.add(place(note));
      }
      for (long left = note.readVarUint(); left > 0; left--) {
        rooms.hear(node, place(note), note.readBytes());
      }
      asked.forEach(place -> {
        List<Long> clients = rooms.ownClients(place);
        if (!clients.isEmpty()) {
          tell(node, place, clients);
        }
      });
    } catch (MalformedUpdateException | Failure e) {
      rooms.refuse();
    }
  }

  private static Place place(ByteReader note) {
    return new Place((int) note.readVarUint(), note.readString());
  }
}
