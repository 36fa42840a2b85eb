package io.thalweg.testkit.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class HistoryTest {
  private long now = 100;
  private final History<String, String> history = new History<>(() -> now);

  @Test
  void eventsOfOneInstantKeepTheirOrder() {
    long first = history.invoke(1, "k", "a");
    history.returned(first, "x");
    long second = history.invoke(2, "k", "b");
    now = 200;
    history.returned(second, "y");
    assertThat(history.operations())
        .containsExactly(
            Operation.answered(1, "k", "a", "x", 100, 101),
            Operation.answered(2, "k", "b", "y", 102, 200));
  }

  @Test
  void aRefusedOperationLeavesAndAnOpenOneIsUnknown() {
    long refused = history.invoke(1, "k", "a");
    long lost = history.invoke(2, "k", "b");
    history.invoke(3, "k", "c");
    history.refused(refused);
    history.unknown(lost);
    assertThat(history.operations())
        .containsExactly(Operation.unknown(2, "k", "b", 101), Operation.unknown(3, "k", "c", 102));
  }

  @Test
  void anOperationEndsOnce() {
    long operation = history.invoke(1, "k", "a");
    history.returned(operation, "x");
    assertThatThrownBy(() -> history.unknown(operation))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("operation 0 is not open");
    assertThatThrownBy(() -> history.returned(7, "x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("operation 7 is not open");
  }
}
