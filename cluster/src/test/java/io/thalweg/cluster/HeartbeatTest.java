package io.thalweg.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.PartitionId;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What nodes say, and who counts as alive. */
class HeartbeatTest {
  private static final Heartbeat BEAT =
      new Heartbeat(
          "n1",
          7,
          9,
          "10.0.0.1:7071",
          true,
          new Levels(Map.of("leaderboard", 3), Map.of("leaderboard", 2), Map.of("leaderboard", 1)),
          Map.of(
              new PartitionId("leaderboard", 65_535), new Held(Role.LEADING, 1L << 40, 77),
              new PartitionId("access", 0), new Held(Role.STOPPED, 0, 0)));

  private static Heartbeat beat(long incarnation, long sequence) {
    return new Heartbeat("n1", incarnation, sequence, "", false, Levels.NONE, Map.of());
  }

  private static Member n1(Membership membership, long nowNs) {
    return Objects.requireNonNull(membership.alive(nowNs).get("n1"));
  }

  @Test
  void theBytesOfAHeartbeatAreFixed() {
    byte[] bytes = HeartbeatFormat.encode(BEAT);
    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo(
            "01"
                + "00026e31"
                + "0000000000000007"
                + "0000000000000009"
                + "000d31302e302e302e313a37303731"
                + "01"
                + "00000001"
                + "000b6c6561646572626f617264"
                + "00000003"
                + "00000002"
                + "0006616363657373"
                + "0000"
                + "03"
                + "0000000000000000"
                + "0000000000000000"
                + "000b6c6561646572626f617264"
                + "ffff"
                + "02"
                + "0000010000000000"
                + "000000000000004d"
                + "00000001"
                + "000b6c6561646572626f617264"
                + "00000002"
                + "00000001"
                + "000b6c6561646572626f617264"
                + "00000001");
    assertThat(HeartbeatFormat.decode(bytes)).isEqualTo(BEAT);
    // A later version may say more.
    assertThat(HeartbeatFormat.decode(Arrays.copyOf(bytes, bytes.length + 5))).isEqualTo(BEAT);
  }

  @Test
  void whatIsNoHeartbeatIsRefused() {
    byte[] bytes = HeartbeatFormat.encode(BEAT);
    // Earlier versions say nothing of what is agreed and written: two times 21 bytes.
    int earlier = bytes.length - 42;
    Heartbeat said = HeartbeatFormat.decode(Arrays.copyOf(bytes, earlier));
    assertThat(said.levels()).isEqualTo(Levels.reading(Map.of("leaderboard", 3)));
    assertThat(said.partitions()).isEqualTo(BEAT.partitions());
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      if (length == earlier) {
        continue;
      }
      assertThatThrownBy(() -> HeartbeatFormat.decode(cut))
          .isInstanceOf(IllegalArgumentException.class);
    }
    bytes[0] = 2;
    assertThatThrownBy(() -> HeartbeatFormat.decode(bytes)).hasMessageContaining("format 2");
    assertThatThrownBy(() -> new Heartbeat("N", 1, 1, "", false, Levels.NONE, Map.of()))
        .hasMessageContaining("nodeId must have");
  }

  @Test
  void aNodeIsAliveUntilItWasNotHeardForTheTimeout() {
    Membership membership = new Membership(100);
    membership.heard(beat(1, 1), 1_000);
    assertThat(membership.alive(1_099)).containsKey("n1");
    assertThat(membership.alive(1_100)).isEmpty();
    membership.heard(beat(1, 2), 1_150);
    assertThat(n1(membership, 1_150).aliveSinceNs()).isEqualTo(1_150);
    membership.heard(beat(1, 3), 1_200);
    assertThat(n1(membership, 1_200).aliveSinceNs()).isEqualTo(1_150);
  }

  @Test
  void whatIsOldOrSaidTwiceKeepsNobodyAlive() {
    Membership membership = new Membership(100);
    membership.heard(beat(2, 5), 0);
    membership.heard(beat(2, 5), 90);
    membership.heard(beat(2, 4), 90);
    membership.heard(beat(1, 9), 90);
    assertThat(membership.alive(100)).isEmpty();
    membership.heard(beat(3, 1), 100);
    assertThat(n1(membership, 100).beat().incarnation()).isEqualTo(3);
  }

  @Test
  void aNewStartOfANodeIsNotTheOldOneGoingOn() {
    Membership membership = new Membership(100);
    membership.heard(beat(1, 1), 0);
    membership.heard(beat(2, 1), 50);
    assertThat(n1(membership, 60).aliveSinceNs()).isEqualTo(50);
  }

  @Test
  void whoDidNotListenHasMissedNobodyButThoseWhomItMissedBefore() {
    Membership membership = new Membership(100);
    membership.heard(beat(1, 1), 0);
    membership.deaf(60, 1_060);
    assertThat(n1(membership, 1_060).heardNs()).isEqualTo(1_000);
    assertThat(membership.alive(1_099)).containsKey("n1");
    assertThat(membership.alive(1_100)).isEmpty();
    membership.deaf(1_100, 2_000);
    assertThat(membership.alive(2_000)).isEmpty();
  }

  @Test
  void aNodeWhoseProcessIsGoneIsDeadUntilItIsHeardAgain() {
    Membership membership = new Membership(100);
    membership.heard(beat(1, 1), 0);
    Member silent = n1(membership, 50);
    membership.gone(silent, 50);
    assertThat(membership.alive(50)).isEmpty();
    membership.heard(beat(1, 1), 55);
    assertThat(membership.alive(55)).isEmpty();

    membership.heard(beat(1, 2), 60);
    assertThat(n1(membership, 60).aliveSinceNs()).isEqualTo(60);
    // What was found out before that says nothing any more.
    membership.gone(silent, 61);
    assertThat(membership.alive(61)).containsKey("n1");
  }

  @Test
  void nodesBeyondTheBoundAreNotThereUnlessTheDeadMakeRoom() {
    Membership membership = new Membership(100);
    for (int i = 0; i < Membership.MAX_NODES; i++) {
      membership.heard(new Heartbeat("a" + i, 1, 1, "", false, Levels.NONE, Map.of()), 0);
    }
    membership.heard(beat(1, 1), 99);
    assertThat(membership.alive(99)).hasSize(Membership.MAX_NODES).doesNotContainKey("n1");
    assertThat(membership.refused()).isEqualTo(1);
    membership.heard(beat(1, 2), 100);
    assertThat(membership.alive(100)).containsOnlyKeys("n1");
  }
}
