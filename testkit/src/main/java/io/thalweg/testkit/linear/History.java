package io.thalweg.testkit.linear;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Records operations while a test runs.
 *
 * <p>The order in which it is told of invocations and outcomes is the order of the history: events
 * of one instant of the clock get times that follow each other. So the times of a busy instant run
 * a little ahead of the clock; a clock in microseconds keeps that small.
 *
 * <p>Not safe for use by several threads. Holds up to {@link #MAX_OPERATIONS} operations.
 */
public final class History<I, O> {
  /** The most operations that one history holds. */
  public static final int MAX_OPERATIONS = 1_000_000;

  private final LongSupplier now;
  private final Map<Long, Operation<I, O>> operations = new LinkedHashMap<>();
  private final Set<Long> open = new HashSet<>();
  private long lastAt = Long.MIN_VALUE;
  private long invocations;

  /** A history over a clock of virtual time, in any unit. */
  public History(LongSupplier now) {
    this.now = now;
  }

  /**
   * A client asks.
   *
   * @return a number that names the operation, for one of {@link #returned}, {@link #unknown},
   *     {@link #refused}
   * @throws IllegalStateException if the history is full
   */
  public long invoke(int client, String key, I input) {
    if (operations.size() == MAX_OPERATIONS) {
      throw new IllegalStateException("a history holds at most " + MAX_OPERATIONS + " operations");
    }
    long number = invocations++;
    operations.put(number, Operation.unknown(client, key, input, tick()));
    open.add(number);
    return number;
  }

  /** The client was answered. A refusal that depends on the state is an answer too. */
  public void returned(long number, O output) {
    Operation<I, O> asked = close(number);
    operations.put(
        number,
        Operation.answered(
            asked.client(), asked.key(), asked.input(), output, asked.invokedAt(), tick()));
  }

  /** The client gave up, or was told that the outcome is unknown. */
  public void unknown(long number) {
    close(number);
  }

  /** It is certain that the operation was not executed and will not be: it leaves the history. */
  public void refused(long number) {
    close(number);
    operations.remove(number);
  }

  /** All operations in the order of their invocation. Those still open are of unknown outcome. */
  public List<Operation<I, O>> operations() {
    return new ArrayList<>(operations.values());
  }

  private Operation<I, O> close(long number) {
    Operation<I, O> operation = operations.get(number);
    if (operation == null || !open.remove(number)) {
      throw new IllegalStateException("operation " + number + " is not open");
    }
    return operation;
  }

  private long tick() {
    lastAt = Math.max(now.getAsLong(), lastAt + 1);
    return lastAt;
  }
}
