package io.thalweg.docs.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.docs.yjs.ByteReader;
import io.thalweg.docs.yjs.ByteWriter;
import io.thalweg.runtime.Neighbours;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What clients see of those that are connected to other nodes, over a way that loses notes. */
class OtherNodesTest {

  private final Map<String, Place> nodes = new TreeMap<>();
  private final List<Runnable> onTheirWay = new ArrayList<>();
  private final Rooms ana = node("ana");
  private final Rooms bo = node("bo");
  private boolean cut;

  /** A node: notes are on their way until they are delivered. */
  private final class Place implements Neighbours {
    private final String name;
    private @Nullable Listener listener;

    Place(String name) {
      this.name = name;
    }

    @Override
    public List<String> others() {
      return nodes.keySet().stream().filter(other -> !other.equals(name)).toList();
    }

    @Override
    public void tell(String node, String topic, ByteString note, Arrival arrival) {
      onTheirWay.add(() -> {
        Place to = nodes.get(node);
        if (!cut && to != null && to.listener != null) {
          to.listener.heard(name, note);
        }
        arrival.over(!cut);
      });
    }

    @Override
    public void listen(String topic, Listener heard) {
      listener = heard;
    }
  }

  private Rooms node(String name) {
    Place place = new Place(name);
    nodes.put(name, place);
    return new Rooms(new SimpleMeterRegistry(), ClientLimits.DEFAULTS, place);
  }

  /** How many notes arrived, or were lost. */
  private int deliver() {
    int count = 0;
    while (!onTheirWay.isEmpty()) {
      onTheirWay.removeFirst().run();
      count++;
    }
    return count;
  }

  private static byte[] state(long client, long clock, String json) {
    return new ByteWriter()
        .writeVarUint(1)
        .writeVarUint(client)
        .writeVarUint(clock)
        .writeString(json)
        .toBytes();
  }

  @Test
  void aClientOfAnotherNodeIsSeenAndGoesWithItsConnection() {
    Rooms.Member here = ana.enter(0, "d", () -> {});
    Rooms.Member there = bo.enter(0, "d", () -> {});
    there.say(state(7, 3, "{\"at\":1}"));
    deliver();
    assertThat(here.awareness()).isEqualTo(state(7, 3, "{\"at\":1}"));
    there.leave();
    deliver();
    assertThat(here.awareness()).isEqualTo(state(7, 3, "null"));
    // It comes back with the clock that it had.
    bo.enter(0, "d", () -> {}).say(state(7, 3, "{\"at\":1}"));
    deliver();
    assertThat(here.awareness()).isEqualTo(state(7, 3, "{\"at\":1}"));
  }

  @Test
  void whoOpensADocumentIsToldWhoIsThereAtOtherNodes() {
    bo.enter(0, "d", () -> {}).say(state(7, 3, "{}"));
    bo.enter(1, "d", () -> {}).say(state(8, 3, "{}"));
    bo.enter(0, "e", () -> {}).say(state(9, 3, "{}"));
    deliver();
    Rooms.Member here = ana.enter(0, "d", () -> {});
    assertThat(here.awareness()).isNull();
    deliver();
    assertThat(here.awareness()).isEqualTo(state(7, 3, "{}"));
    assertThat(here.awareness()).isNull();
  }

  @Test
  void whatChangesWhileANoteIsOnItsWayIsToldOnceAndNotEchoed() {
    Rooms.Member here = ana.enter(0, "d", () -> {});
    Rooms.Member there = bo.enter(0, "d", () -> {});
    deliver();
    for (int clock = 1; clock <= 100; clock++) {
      there.say(state(7, clock, "{\"at\":" + clock + "}"));
    }
    assertThat(deliver()).isEqualTo(2);
    byte[] last = state(7, 100, "{\"at\":100}");
    assertThat(here.awareness()).isEqualTo(last);
    // Clients repeat to their server what it has told them.
    here.say(last);
    assertThat(deliver()).isZero();
  }

  @Test
  void whatWasLostIsToldAgainWithTheNextBeat() {
    Rooms.Member here = ana.enter(0, "d", () -> {});
    Rooms.Member there = bo.enter(0, "d", () -> {});
    deliver();
    cut = true;
    there.say(state(7, 1, "{}"));
    there.say(state(7, 2, "{\"at\":2}"));
    deliver();
    assertThat(here.awareness()).isNull();
    cut = false;
    there.beat();
    deliver();
    assertThat(here.awareness()).isEqualTo(state(7, 2, "{\"at\":2}"));
  }

  @Test
  void aClientThatHasMovedIsNotTakenAwayWithItsOldConnection() {
    Rooms.Member sees = ana.enter(0, "d", () -> {});
    Rooms.Member before = bo.enter(0, "d", () -> {});
    before.say(state(7, 1, "{}"));
    deliver();
    Rooms.Member after = ana.enter(0, "d", () -> {});
    after.say(state(7, 2, "{\"at\":2}"));
    deliver();
    assertThat(sees.awareness()).isEqualTo(state(7, 2, "{\"at\":2}"));
    before.leave();
    deliver();
    assertThat(sees.awareness()).isNull();
    assertThat(ana.enter(0, "d", () -> {}).awareness()).isEqualTo(state(7, 2, "{\"at\":2}"));
    after.leave();
    assertThat(sees.awareness()).isEqualTo(state(7, 2, "null"));
  }

  @Test
  void anotherNodeIsHeardUpToItsBoundAndNonsenseDoesNoHarm() {
    Rooms.Member here = ana.enter(0, "d", () -> {});
    Place bad = new Place("bad");
    nodes.put("bad", bad);
    ByteWriter note = new ByteWriter().writeVarUint(1).writeVarUint(0);
    note.writeVarUint(LiveBounds.MAX_NODE_STATES + 5);
    for (int i = 0; i < LiveBounds.MAX_NODE_STATES + 5; i++) {
      note.writeVarUint(0).writeString("d").writeBytes(state(i, 1, "{}"));
    }
    bad.tell("ana", OtherNodes.TOPIC, ByteString.copyFrom(note.toBytes()), arrived -> {});
    bad.tell("ana", OtherNodes.TOPIC, ByteString.copyFrom(new byte[] {1, 9, 9}), arrived -> {});
    bad.tell("ana", OtherNodes.TOPIC, ByteString.copyFrom(new byte[] {2}), arrived -> {});
    deliver();
    Rooms.Place place = new Rooms.Place(0, "d");
    assertThat(ana.ownClients(place)).isEmpty();
    byte[] all = here.awareness();
    assertThat(all).isNotNull();
    assertThat(new ByteReader(all == null ? new byte[1] : all).readVarUint())
        .isEqualTo(LiveBounds.MAX_NODE_STATES);
  }
}
