package io.thalweg.testkit.linear;

import static io.thalweg.testkit.linear.Models.REGISTER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.thalweg.testkit.linear.Models.Input;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The search finds what trying every order finds, and needs few steps for it. */
class LinearizabilityPropertyTest {
  /** For 1,000 operations of which 4 overlap: some looks at each operation. */
  private static final long FEW_STEPS = 50_000;

  @Property(tries = 1000)
  void whatARealObjectDidIsAccepted(@ForAll long seed) {
    Random random = new Random(seed);
    var histories = new RandomHistories(random, 1 + random.nextInt(5), 4, 0.05);
    Linearizability.check(REGISTER, histories.next(60)).orThrow();
  }

  @Property(tries = 1000)
  void anAnswerThatIsNeverPossibleIsRejected(@ForAll long seed) {
    Random random = new Random(seed);
    var histories = new RandomHistories(random, 1 + random.nextInt(5), 4, 0.05);
    var history = histories.withOneAnswer(histories.next(60), "impossible");
    switch (Linearizability.check(REGISTER, history)) {
      case Verdict.Violation<Input, String> violation ->
          assertThat(violation.unexplained().output()).contains("impossible");
      case Verdict<Input, String> other -> fail("should be a violation: %s", other);
    }
  }

  @Property(tries = 3000)
  void theVerdictIsThatOfTryingEveryOrder(@ForAll long seed) {
    Random random = new Random(seed);
    var histories = new RandomHistories(random, 2 + random.nextInt(3), 3, 0.2);
    var history = histories.next(1 + random.nextInt(7));
    if (random.nextInt(4) > 0) {
      history = histories.withOneAnswer(history, Integer.toString(random.nextInt(3)));
    }
    boolean expected = explained(0, history);
    switch (Linearizability.check(REGISTER, history)) {
      case Verdict.Linearizable<Input, String> _ -> assertThat(expected).isTrue();
      case Verdict.Undecided<Input, String> undecided -> undecided.orThrow();
      case Verdict.Violation<Input, String> violation -> {
        assertThat(expected).isFalse();
        explainsItself(history, violation);
      }
    }
    Statistics.collect(expected);
    Statistics.coverage(coverage -> {
      coverage.check(true).percentage(share -> share > 20);
      coverage.check(false).percentage(share -> share > 20);
    });
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aThousandOperationsOfOneKeyTakeFewSteps(long seed) {
    var histories = new RandomHistories(new Random(seed), 4, 5, 0);
    var history = histories.next(1_000);
    assertThat(Linearizability.check(REGISTER, history, FEW_STEPS))
        .isInstanceOf(Verdict.Linearizable.class);
    assertThat(
            Linearizability.check(
                REGISTER, histories.withOneAnswer(history, "impossible"), FEW_STEPS))
        .isInstanceOf(Verdict.Violation.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void someUnknownOutcomesTakeFewStepsToo(long seed) {
    var histories = new RandomHistories(new Random(seed), 4, 1_000, 0.02);
    Linearizability.check(REGISTER, histories.next(1_000), FEW_STEPS).orThrow();
  }

  /** What the explanation says holds: all is well before that answer, and not with it. */
  private static void explainsItself(
      List<Operation<Input, String>> history, Verdict.Violation<Input, String> violation) {
    long at = violation.unexplained().returnedAt();
    assertThat(explained(0, until(history, at - 1))).isTrue();
    assertThat(explained(0, until(history, at))).isFalse();
    assertThat(violation.before()).doesNotContain(violation.unexplained());
    List<Operation<Input, String>> order = new ArrayList<>(violation.before());
    order.addAll(violation.after());
    assertThat(order)
        .containsAll(history.stream().filter(operation -> operation.returnedAt() < at).toList())
        .doesNotHaveDuplicates();
    int state = 0;
    for (Operation<Input, String> operation : violation.before()) {
      var step = Models.register(state, operation.input());
      if (operation.returnedAt() < at) {
        assertThat(operation.output()).contains(step.output());
      }
      state = step.state();
    }
    assertThat(violation.state()).isEqualTo(Integer.toString(state));
    assertThat(violation.unexplained().output().orElseThrow())
        .isNotEqualTo(Models.register(state, violation.unexplained().input()).output());
  }

  /** The history as it was known at a time. */
  private static List<Operation<Input, String>> until(
      List<Operation<Input, String>> history, long at) {
    List<Operation<Input, String>> known = new ArrayList<>();
    for (Operation<Input, String> o : history) {
      if (o.returnedAt() <= at) {
        known.add(o);
      } else if (o.invokedAt() <= at) {
        known.add(Operation.unknown(o.client(), o.key(), o.input(), o.invokedAt()));
      }
    }
    return known;
  }

  /** Tries every order, and each unknown operation at every place and at none. */
  private static boolean explained(int state, List<Operation<Input, String>> rest) {
    if (rest.stream().allMatch(operation -> operation.output().isEmpty())) {
      return true;
    }
    for (Operation<Input, String> first : rest) {
      if (rest.stream().anyMatch(other -> other.returnedAt() < first.invokedAt())) {
        continue;
      }
      var step = Models.register(state, first.input());
      if (first.output().isEmpty() || first.output().get().equals(step.output())) {
        List<Operation<Input, String>> others = new ArrayList<>(rest);
        others.remove(first);
        if (explained(step.state(), others)) {
          return true;
        }
      }
    }
    return false;
  }
}
