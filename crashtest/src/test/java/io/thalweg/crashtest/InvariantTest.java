package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** The checkers find what they are for. */
final class InvariantTest {
  private final Ledger ledger = new Ledger(RandomGenerator.getDefault());

  private Write answered(String name, int score) {
    Write write = new Write(name, "amber", List.of("m1"));
    ledger.acknowledged(write, List.of(new Standing("m1", score)), now, now + 1);
    now += 2;
    return write;
  }

  private long now;

  private Evidence stored(int score, Evidence.AskedAgain... asked) {
    return new Evidence(ledger, Map.of("amber", Map.of("m1", score)), List.of(asked), List.of());
  }

  @Test
  void whatWasAnsweredAndStoredOnceIsFine() {
    Write first = answered("a", 1);
    answered("b", 2);
    Evidence evidence =
        stored(
            2,
            new Evidence.AskedAgain(
                first,
                List.of(new Standing("m1", 1)),
                new Http.Answer(200, "{\"member\":\"m1\",\"score\":1,\"rank\":1}")));
    assertThat(Invariant.ALL).allSatisfy(i -> assertThat(i.violations(evidence)).isEmpty());
  }

  @Test
  void aLostWriteIsFound() {
    answered("a", 1);
    answered("b", 2);
    assertThat(new AcknowledgedWritesAreKept().violations(stored(1))).hasSize(1);
  }

  @Test
  void aWriteThatCountedTwiceIsFound() {
    answered("a", 1);
    answered("b", 3);
    assertThat(new NoWriteCountsTwice().violations(stored(3))).hasSize(1);
  }

  @Test
  void aLostWriteWhosePlaceAnotherTookIsFound() {
    answered("a", 1);
    answered("b", 1);
    assertThat(new NoWriteCountsTwice().violations(stored(1))).hasSize(1);
  }

  @Test
  void anAnswerThatIsOlderThanOneBeforeItIsFound() {
    answered("a", 2);
    answered("b", 1);
    assertThat(new HistoryIsLinearizable().violations(stored(2))).hasSize(1);
  }

  @Test
  void aReadThatDoesNotSeeWhatWasAnsweredBeforeItBeganIsFound() {
    answered("a", 1);
    answered("b", 2);
    ledger.history().read("amber", "m1", 2, 0, now);
    ledger.history().read("amber", "m1", 1, 2, 3);
    assertThat(new HistoryIsLinearizable().violations(stored(2))).isEmpty();
    ledger.history().read("amber", "m1", 1, now, now + 1);
    assertThat(new HistoryIsLinearizable().violations(stored(2))).hasSize(1);
  }

  @Test
  void anotherAnswerUnderTheSameNameIsFound() {
    Write first = answered("a", 1);
    Evidence.AskedAgain asked =
        new Evidence.AskedAgain(
            first,
            List.of(new Standing("m1", 1)),
            new Http.Answer(200, "{\"member\":\"m1\",\"score\":2,\"rank\":1}"));
    assertThat(new NamesKeepTheirAnswers().violations(stored(2, asked))).hasSize(1);
  }
}
