package io.thalweg.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** At which contract level a cluster is. */
class LevelAgreementTest {
  private static final String S = "tally";
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private final SortedMap<String, Member> alive = new TreeMap<>();
  private final LevelAgreement levels = agreement(2, LevelRules.DEFAULTS);

  private static LevelAgreement agreement(int code, LevelRules rules) {
    return new LevelAgreement("a", Map.of(S, code), rules);
  }

  private void says(String node, int reads, int agreed, int written) {
    Levels said = new Levels(Map.of(S, reads), Map.of(S, agreed), Map.of(S, written));
    alive.put(node, new Member(new Heartbeat(node, 1, 1, "", false, said, Map.of()), 0, 0));
  }

  private int at(long nowNs) {
    return at(levels, nowNs);
  }

  private int at(LevelAgreement of, long nowNs) {
    of.step(alive, Map.of(), nowNs);
    return of.levelOf(S);
  }

  @Test
  void itIsRaisedOnceAllLiveNodesHaveReadALevelForAWhile() {
    says("a", 2, 1, 1);
    says("b", 1, 1, 1);
    assertThat(at(0)).isEqualTo(1);
    assertThat(at(MINUTE)).isEqualTo(1);
    says("b", 2, 1, 1);
    assertThat(at(2 * MINUTE)).isEqualTo(1);
    assertThat(at(3 * MINUTE - 1)).isEqualTo(1);
    assertThat(at(3 * MINUTE)).isEqualTo(2);
  }

  @Test
  void oneThatRestartsMeanwhileBeginsTheWhileAnew() {
    says("a", 2, 1, 1);
    assertThat(at(0)).isEqualTo(1);
    says("b", 1, 1, 1);
    assertThat(at(MINUTE / 2)).isEqualTo(1);
    alive.remove("b");
    assertThat(at(MINUTE)).isEqualTo(1);
    assertThat(at(2 * MINUTE)).isEqualTo(2);
  }

  @Test
  void whatAnotherNodeHasFoundHoldsForAllThatReadIt() {
    says("a", 2, 1, 1);
    says("b", 2, 2, 1);
    assertThat(at(0)).isEqualTo(2);
    says("c", 1, 1, 1);
    assertThat(at(1)).isEqualTo(1);
  }

  @Test
  void itIsLoweredForANodeThatReadsLessUnlessMoreIsWritten() {
    says("a", 2, 1, 1);
    says("b", 2, 2, 1);
    assertThat(at(0)).isEqualTo(2);
    says("b", 1, 1, 1);
    assertThat(at(1)).isEqualTo(1);
    levels.step(alive, Map.of(S, 2), 2);
    assertThat(levels.levelOf(S)).isEqualTo(2);
    assertThat(at(3)).as("what was written stays").isEqualTo(2);
    assertThat(levels.tooOld()).isNull();
  }

  @Test
  void aNodeThatDoesNotReadWhatIsWrittenIsTooOld() {
    LevelAgreement old = agreement(1, LevelRules.DEFAULTS);
    says("a", 1, 1, 1);
    says("b", 2, 1, 1);
    assertThat(at(old, 0)).isEqualTo(1);
    assertThat(old.tooOld()).isNull();
    says("b", 2, 2, 2);
    assertThat(at(old, 1)).isEqualTo(1);
    assertThat(old.tooOld()).contains("tally at contract level 2", "reads level 1");
  }

  @Test
  void oneNodeThatHoldsKeepsAllDown() {
    LevelAgreement holding =
        agreement(2, new LevelRules(Duration.ofMinutes(1), Map.of(S, 1, "other", 7)));
    assertThat(holding.told().reads()).isEqualTo(Map.of(S, 1));
    says("a", 1, 1, 1);
    says("b", 2, 1, 1);
    assertThat(at(holding, 0)).isEqualTo(1);
    assertThat(at(holding, 10 * MINUTE)).isEqualTo(1);
    // It reads more than it would have the cluster raised to.
    says("b", 2, 2, 2);
    assertThat(at(holding, 11 * MINUTE)).isEqualTo(2);
    assertThat(holding.tooOld()).isNull();
  }

  @Test
  void whoDoesNotHearItselfRaisesNothing() {
    says("b", 2, 2, 1);
    assertThat(at(0)).isEqualTo(1);
    assertThat(at(5 * MINUTE)).isEqualTo(1);
    says("a", 2, 1, 1);
    assertThat(at(6 * MINUTE)).isEqualTo(2);
  }

  @Test
  void rulesAreBounded() {
    assertThatThrownBy(() -> new LevelRules(Duration.ofSeconds(-1), Map.of()))
        .hasMessageContaining("raiseAfter must be from 0 to 365 days");
    assertThatThrownBy(() -> new LevelRules(Duration.ZERO, Map.of(S, 0)))
        .hasMessageContaining("'tally' must be at least 1");
  }
}
