package io.thalweg.testkit.linear;

import java.util.Optional;

/**
 * What one client asked of one key, and what became of it.
 *
 * <p>An operation precedes another one if it returned before the other was invoked: {@code
 * returnedAt < other.invokedAt}. Equal times are concurrent, which is the weaker reading; {@link
 * History} gives every event a time of its own.
 *
 * @param client a number of the client, for reports
 * @param key the object; keys are checked apart from each other
 * @param input what was asked; its {@code toString} is printed in reports
 * @param output what was answered; empty if the outcome is unknown, and then the operation may take
 *     effect at any time after its invocation, or never
 * @param invokedAt virtual time of the invocation, in any unit, the same for the whole history
 * @param returnedAt virtual time of the answer; {@link #NEVER} if the outcome is unknown
 */
public record Operation<I, O>(
    int client, String key, I input, Optional<O> output, long invokedAt, long returnedAt) {
  /** The time of an answer that never came. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final int MAX_PRINTED_CHARS = 200;

  /**
   * @throws IllegalArgumentException if {@code returnedAt} is before {@code invokedAt}, or is not
   *     {@link #NEVER} exactly when there is no output
   */
  public Operation {
    if (returnedAt < invokedAt) {
      throw new IllegalArgumentException(
          "returnedAt is " + returnedAt + ", which is before invokedAt " + invokedAt);
    }
    if (output.isEmpty() != (returnedAt == NEVER)) {
      throw new IllegalArgumentException(
          "returnedAt is NEVER for an unknown outcome and for nothing else");
    }
  }

  /** An operation that was answered. */
  public static <I, O> Operation<I, O> answered(
      int client, String key, I input, O output, long invokedAt, long returnedAt) {
    return new Operation<>(client, key, input, Optional.of(output), invokedAt, returnedAt);
  }

  /** An operation that may have taken effect, or may still, or never will. */
  public static <I, O> Operation<I, O> unknown(int client, String key, I input, long invokedAt) {
    return new Operation<>(client, key, input, Optional.empty(), invokedAt, NEVER);
  }

  /** One line for reports: client, input, output, times. Long values are cut. */
  @Override
  public String toString() {
    return "client %d: %s -> %s, %s"
        .formatted(
            client,
            printed(input),
            output.map(Operation::printed).orElse("(unknown)"),
            returnedAt == NEVER ? "from " + invokedAt : "from " + invokedAt + " to " + returnedAt);
  }

  /** A value for a report, cut if it is long. */
  static String printed(Object value) {
    // Messages print several lines.
    String text = value.toString().strip().replaceAll("\\s+", " ");
    return text.length() <= MAX_PRINTED_CHARS
        ? text
        : text.substring(0, MAX_PRINTED_CHARS) + "... (" + text.length() + " characters)";
  }
}
