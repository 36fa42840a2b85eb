package io.thalweg.client;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one request may have of its own; null: as the client has it.
 *
 * @param name of a command, 1 to 128 bytes of printable ASCII: a name that the application keeps,
 *     so that the command is executed once even if the application itself starts again. Without one
 *     the client draws a name
 * @param timeout until the answer is there, all attempts included; 1 ms to 1 hour
 * @param hedging of a read
 */
public record CallSettings(
    @Nullable String name, @Nullable Duration timeout, @Nullable Hedging hedging) {
  static final Duration MIN_TIMEOUT = Duration.ofMillis(1);
  static final Duration MAX_TIMEOUT = Duration.ofHours(1);
  private static final int MAX_NAME_BYTES = 128;

  public CallSettings {
    if (name != null) {
      int bytes = name.getBytes(StandardCharsets.UTF_8).length;
      if (bytes < 1 || bytes > MAX_NAME_BYTES || !name.chars().allMatch(c -> c > ' ' && c <= '~')) {
        throw new IllegalArgumentException(
            "name must have 1 to " + MAX_NAME_BYTES + " printable ASCII characters without spaces");
      }
    }
    if (timeout != null) {
      checkTimeout(timeout);
    }
  }

  /** Everything as the client has it. */
  public static CallSettings none() {
    return new CallSettings(null, null, null);
  }

  public CallSettings withName(String value) {
    return new CallSettings(value, timeout, hedging);
  }

  public CallSettings withTimeout(Duration value) {
    return new CallSettings(name, value, hedging);
  }

  public CallSettings withHedging(Hedging value) {
    return new CallSettings(name, timeout, value);
  }

  static void checkTimeout(Duration timeout) {
    if (timeout.compareTo(MIN_TIMEOUT) < 0 || timeout.compareTo(MAX_TIMEOUT) > 0) {
      throw new IllegalArgumentException(
          "timeout must be from 1 ms to 1 hour; got " + timeout.toMillis() + " ms");
    }
  }
}
