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
 * @param session of a read: a position that was met, {@link PendingReply#position}, or {@link
 *     #ANY_STATE}. Whichever node of the cluster is asked may answer a point query once it has seen
 *     what that position has; without it an answer has seen everything
 */
public record CallSettings(
    @Nullable String name,
    @Nullable Duration timeout,
    @Nullable Hedging hedging,
    @Nullable String session) {
  /** The session of one who has seen nothing: any state will do. */
  public static final String ANY_STATE = "0";

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
    if (session != null && !session.matches("[0-9-]{1,64}")) {
      throw new IllegalArgumentException(
          "session must be a position that an answer had, or 0; got '%s'".formatted(session));
    }
  }

  /** Everything as the client has it. */
  public static CallSettings none() {
    return new CallSettings(null, null, null, null);
  }

  public CallSettings withName(String value) {
    return new CallSettings(value, timeout, hedging, session);
  }

  public CallSettings withTimeout(Duration value) {
    return new CallSettings(name, value, hedging, session);
  }

  public CallSettings withHedging(Hedging value) {
    return new CallSettings(name, timeout, value, session);
  }

  /** A session read: see {@link CallSettings}. */
  public CallSettings withSession(String position) {
    return new CallSettings(name, timeout, hedging, position);
  }

  static void checkTimeout(Duration timeout) {
    if (timeout.compareTo(MIN_TIMEOUT) < 0 || timeout.compareTo(MAX_TIMEOUT) > 0) {
      throw new IllegalArgumentException(
          "timeout must be from 1 ms to 1 hour; got " + timeout.toMillis() + " ms");
    }
  }
}
