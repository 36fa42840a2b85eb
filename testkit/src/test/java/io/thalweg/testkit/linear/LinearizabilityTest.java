package io.thalweg.testkit.linear;

import static io.thalweg.testkit.linear.Models.REGISTER;
import static io.thalweg.testkit.linear.Operation.answered;
import static io.thalweg.testkit.linear.Operation.unknown;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.testkit.linear.Models.Add;
import io.thalweg.testkit.linear.Models.Get;
import io.thalweg.testkit.linear.Models.Input;
import io.thalweg.testkit.linear.Models.Put;
import io.thalweg.testkit.linear.Models.Swap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Histories whose verdict a person can see. */
class LinearizabilityTest {
  private static final Input GET = new Get();
  private static final Input ADD = new Add();

  private static Operation<Input, String> op(
      int client, Input input, String output, long from, long to) {
    return answered(client, "k", input, output, from, to);
  }

  @SafeVarargs
  private static void accepted(Operation<Input, String>... history) {
    assertThat(Linearizability.check(REGISTER, List.of(history)))
        .isInstanceOf(Verdict.Linearizable.class);
  }

  @SafeVarargs
  private static Verdict.Violation<Input, String> violated(Operation<Input, String>... history) {
    Verdict<Input, String> verdict = Linearizability.check(REGISTER, List.of(history));
    assertThat(verdict).isInstanceOf(Verdict.Violation.class);
    return (Verdict.Violation<Input, String>) verdict;
  }

  @Test
  void anEmptyHistoryIsAccepted() {
    accepted();
  }

  @Test
  void aReadDuringAWriteSeesOldOrNew() {
    accepted(op(1, new Put(1), "ok", 0, 10), op(2, GET, "0", 1, 9));
    accepted(op(1, new Put(1), "ok", 0, 10), op(2, GET, "1", 1, 9));
  }

  @Test
  void aStaleReadIsFound() {
    var violation = violated(op(1, new Put(1), "ok", 0, 10), op(2, GET, "0", 11, 12));
    assertThat(violation.unexplained().client()).isEqualTo(2);
  }

  @Test
  void aReadThatGoesBackIsFound() {
    violated(op(1, new Put(1), "ok", 0, 100), op(2, GET, "1", 10, 20), op(3, GET, "0", 30, 40));
  }

  @Test
  void aValueThatNobodyWroteIsFound() {
    violated(op(1, new Put(1), "ok", 0, 10), op(2, GET, "7", 5, 6));
  }

  @Test
  void aLostUpdateIsFound() {
    violated(op(1, ADD, "1", 0, 10), op(2, ADD, "1", 5, 15));
    accepted(op(1, ADD, "2", 0, 10), op(2, ADD, "1", 5, 15));
  }

  @Test
  void anUpdateAppliedTwiceIsFound() {
    violated(op(1, ADD, "1", 0, 10), op(2, GET, "2", 20, 30));
  }

  @Test
  void onlyOneOfTwoSwapsWins() {
    Input swap = new Swap(0, 1);
    accepted(op(1, swap, "ok", 0, 10), op(2, swap, "no", 0, 10));
    violated(op(1, swap, "ok", 0, 10), op(2, swap, "ok", 0, 10));
    violated(op(1, swap, "no", 0, 10), op(2, swap, "no", 0, 10));
  }

  @Test
  void anUnknownWriteMayTakeEffect() {
    accepted(unknown(1, "k", new Put(1), 0), op(2, GET, "1", 10, 20));
  }

  @Test
  void anUnknownWriteMayTakeEffectLate() {
    accepted(unknown(1, "k", new Put(1), 0), op(2, GET, "0", 10, 20), op(2, GET, "1", 30, 40));
  }

  @Test
  void anUnknownWriteMayNeverTakeEffect() {
    accepted(unknown(1, "k", new Put(1), 0), op(2, GET, "0", 10, 20));
  }

  @Test
  void anUnknownWriteTakesEffectOnceAndNotBeforeItsInvocation() {
    violated(
        unknown(1, "k", new Put(1), 0),
        op(2, GET, "1", 10, 20),
        op(2, new Put(2), "ok", 21, 22),
        op(2, GET, "2", 23, 24),
        op(2, GET, "1", 30, 40));
    violated(op(2, GET, "1", 10, 20), unknown(1, "k", new Put(1), 21));
  }

  @Test
  void anUnknownOperationMayBeTriedBeforeAndAfterOneWithoutEffect() {
    // The swap does nothing at first; only after the write it does what the last read saw.
    accepted(
        unknown(1, "k", new Swap(1, 2), 0),
        op(2, GET, "0", 1, 2),
        op(2, new Put(1), "ok", 3, 4),
        op(2, GET, "2", 5, 6));
  }

  @Test
  void aSetThatForgetsOrInventsIsFound() {
    var added = answered(1, "s", "+a", "new", 0, 10);
    var again = answered(2, "s", "+a", "known", 11, 12);
    var removed = answered(2, "s", "-a", "removed", 13, 14);
    Linearizability.check(Models.SET, List.of(added, again, removed)).orThrow();
    assertThat(
            Linearizability.check(
                Models.SET, List.of(added, answered(2, "s", "+a", "new", 11, 12))))
        .isInstanceOf(Verdict.Violation.class);
    assertThat(Linearizability.check(Models.SET, List.of(removed, again)))
        .isInstanceOf(Verdict.Violation.class);
  }

  @Test
  void equalTimesAreConcurrent() {
    accepted(op(1, new Put(1), "ok", 0, 10), op(2, GET, "0", 10, 20));
    violated(op(1, new Put(1), "ok", 0, 10), op(2, GET, "0", 11, 20));
  }

  @Test
  void theOrderOfTheListDoesNotMatter() {
    accepted(op(2, GET, "1", 11, 12), op(1, new Put(1), "ok", 0, 10));
    violated(op(2, GET, "0", 11, 12), op(1, new Put(1), "ok", 0, 10));
  }

  @Test
  void keysAreObjectsOfTheirOwn() {
    List<Operation<Input, String>> history = new ArrayList<>();
    history.add(answered(1, "a", new Put(1), "ok", 0, 1));
    history.add(answered(1, "b", GET, "0", 2, 3));
    Linearizability.check(REGISTER, history).orThrow();
    history.add(answered(1, "c", GET, "1", 4, 5));
    history.add(answered(1, "d", GET, "1", 4, 5));
    assertThat(Linearizability.check(REGISTER, history))
        .isInstanceOfSatisfying(
            Verdict.Violation.class, violation -> assertThat(violation.key()).isEqualTo("c"));
  }

  @Test
  void aViolationShowsWhatFitsAndWhatDoesNot() {
    var violation =
        violated(
            op(1, new Put(1), "ok", 0, 10),
            op(2, new Put(2), "ok", 5, 15),
            op(3, GET, "3", 20, 30),
            op(4, GET, "9", 25, 50),
            op(1, GET, "0", 60, 70));
    assertThat(violation.unexplained()).isEqualTo(op(3, GET, "3", 20, 30));
    assertThatThrownBy(violation::orThrow)
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            """
            not linearizable: key k, nothing explains the answer of client 3: Get[] -> 3, from 20 to 30
              what fits, in this order:
                client 1: Put[value=1] -> ok, from 0 to 10
                client 2: Put[value=2] -> ok, from 5 to 15
              then the state is 2, and what cannot follow is:
                client 3: Get[] -> 3, from 20 to 30\
            """);
  }

  @Test
  void aWrongAnswerIsToldFromThoseThatNeedItsEffect() {
    // The swap was seen, so it took effect: it is its own answer that is wrong.
    assertThatThrownBy(
            violated(op(1, new Swap(0, 1), "no", 0, 50), op(2, GET, "1", 10, 20))::orThrow)
        .hasMessage(
            """
            not linearizable: key k, nothing explains the answer of client 1: Swap[from=0, to=1] -> no, from 0 to 50
              what fits, in this order:
              then the state is 0, and what cannot follow is:
                client 1: Swap[from=0, to=1] -> no, from 0 to 50
              but these need its effect:
                client 2: Get[] -> 1, from 10 to 20\
            """);
  }

  @Test
  void aUsedUpBudgetIsNeverAPass() {
    List<Operation<Input, String>> history = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      history.add(op(i, new Put(i), "ok", 0, 100));
    }
    history.add(op(99, GET, "-1", 101, 102));
    Verdict<Input, String> verdict = Linearizability.check(REGISTER, history, 1_000);
    assertThat(verdict).isEqualTo(new Verdict.Undecided<>(List.of("k"), 1_000));
    assertThatThrownBy(verdict::orThrow)
        .isInstanceOf(AssertionError.class)
        .hasMessage("undecided: 1000 steps were not enough to check the history of key k");
    assertThat(Linearizability.check(REGISTER, history)).isInstanceOf(Verdict.Violation.class);
  }

  @Test
  void aViolationCountsMoreThanAnUndecidedKey() {
    List<Operation<Input, String>> history = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      history.add(answered(i, "hard", new Put(i), "ok", 0, 100));
    }
    history.add(answered(99, "hard", GET, "-1", 101, 102));
    history.add(answered(99, "wrong", GET, "-1", 101, 102));
    assertThat(Linearizability.check(REGISTER, history, 1_000))
        .isInstanceOfSatisfying(
            Verdict.Violation.class, violation -> assertThat(violation.key()).isEqualTo("wrong"));
  }

  @Test
  void boundsAreNamed() {
    assertThatThrownBy(() -> Linearizability.check(REGISTER, List.of(), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxSteps is 0");
    assertThatThrownBy(() -> op(1, GET, "0", 5, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("returnedAt is 4");
    assertThatThrownBy(() -> op(1, GET, "0", 5, Operation.NEVER))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NEVER");
  }
}
