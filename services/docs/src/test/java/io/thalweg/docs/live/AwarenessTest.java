package io.thalweg.docs.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.rpc.Code;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.docs.yjs.ByteWriter;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Neighbours;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AwarenessTest {
  private static final Object ANA = "ana's connection";
  private static final Object BO = "bo's connection";

  private final Awareness awareness = new Awareness();

  private static byte[] state(long client, long clock, String json) {
    return new ByteWriter()
        .writeVarUint(1)
        .writeVarUint(client)
        .writeVarUint(clock)
        .writeString(json)
        .toBytes();
  }

  private static Rooms rooms(Neighbours neighbours) {
    return new Rooms(new SimpleMeterRegistry(), ClientLimits.DEFAULTS, neighbours);
  }

  @Test
  void aStateThatIsNotRenewedIsGoneAfterThirtySeconds() {
    awareness.apply(ANA, state(1, 1, "{\"at\":1}"), 0);
    awareness.apply(BO, state(2, 1, "{}"), 0);
    awareness.apply(BO, state(2, 2, "{}"), LiveBounds.AWARENESS_NS);
    assertThat(awareness.expire(LiveBounds.AWARENESS_NS)).isEmpty();
    assertThat(awareness.expire(LiveBounds.AWARENESS_NS + 1)).containsExactly(1L);
    assertThat(awareness.present()).containsExactly(2L);
  }

  @Test
  void whatOthersRepeatIsNoNews() {
    assertThat(awareness.apply(ANA, state(1, 5, "{\"at\":1}"), 0)).containsExactly(1L);
    assertThat(awareness.apply(BO, state(1, 5, "{\"at\":1}"), 0)).isEmpty();
    assertThat(awareness.apply(BO, state(1, 4, "{\"at\":0}"), 0)).isEmpty();
    assertThat(awareness.leave(BO)).isEmpty();
    assertThat(awareness.leave(ANA)).containsExactly(1L);
  }

  @Test
  void statesAreBoundedAndTheErrorNamesTheBound() {
    assertThatExceptionOfType(Failure.class)
        .isThrownBy(
            () -> awareness.apply(ANA, state(1, 1, "x".repeat(LiveBounds.MAX_STATE_BYTES + 1)), 0))
        .withMessageContaining("awareness")
        .withMessageContaining("16384");
    for (int i = 0; i < LiveBounds.MAX_STATES; i++) {
      awareness.apply(ANA, state(i, 1, "{}"), 0);
    }
    assertThatExceptionOfType(Failure.class)
        .isThrownBy(() -> awareness.apply(ANA, state(1_000, 1, "{}"), 0))
        .matches(e -> e.code() == Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void whoIsSlowIsToldTheLatestStateOnce() {
    Rooms rooms = rooms(Neighbours.NONE);
    Rooms.Member slow = rooms.enter(0, "a", () -> {});
    Rooms.Member typing = rooms.enter(0, "a", () -> {});
    for (int clock = 1; clock <= 100; clock++) {
      typing.say(state(7, clock, "{\"at\":" + clock + "}"));
    }
    assertThat(slow.awareness()).isEqualTo(state(7, 100, "{\"at\":100}"));
    assertThat(slow.awareness()).isNull();
  }

  @Test
  void whoLeavesIsShownAsGoneAndAnEmptyRoomIsLetGoOf() {
    Rooms rooms = rooms(Neighbours.NONE);
    AtomicInteger news = new AtomicInteger();
    Rooms.Member stays = rooms.enter(0, "a", news::incrementAndGet);
    Rooms.Member leaves = rooms.enter(0, "a", () -> {});
    leaves.say(state(7, 3, "{}"));
    assertThat(stays.awareness()).isEqualTo(state(7, 3, "{}"));
    leaves.leave();
    assertThat(stays.awareness()).isEqualTo(state(7, 3, "null"));
    assertThat(news).hasValue(2);
    assertThat(rooms.size()).isEqualTo(1);
    stays.leave();
    assertThat(rooms.size()).isZero();
  }

  @Test
  void projectsHaveRoomsOfTheirOwn() {
    Rooms rooms = rooms(Neighbours.NONE);
    Rooms.Member here = rooms.enter(0, "a", () -> {});
    rooms.enter(1, "a", () -> {}).say(state(7, 1, "{}"));
    assertThat(here.awareness()).isNull();
  }

  @Test
  void aFullRoomIsRefusedNamingTheBound() {
    Rooms rooms = rooms(Neighbours.NONE);
    for (int i = 0; i < LiveBounds.MAX_CLIENTS; i++) {
      rooms.enter(0, "a", () -> {});
    }
    assertThatExceptionOfType(Failure.class)
        .isThrownBy(() -> rooms.enter(0, "a", () -> {}))
        .matches(e -> e.code() == Code.RESOURCE_EXHAUSTED)
        .withMessageContaining("1000");
  }
}
