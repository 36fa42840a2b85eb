package io.thalweg.client;

import com.google.rpc.Code;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request was refused, or did not get its answer. {@link #code} says what kind of failure it is,
 * the message what to do. After one with {@link #outcomeUnknown} the command may or may not have
 * been executed: sent again under the same {@link #requestName} it is executed once at most. Names
 * that the client has drawn are remembered for 10 minutes, those of the application for a day.
 */
public final class ThalwegException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Refusal refusal;
  private final String method;
  private final @Nullable String requestName;
  private final int attempts;
  private final boolean outcomeUnknown;

  ThalwegException(
      Refusal refusal,
      String method,
      @Nullable String requestName,
      int attempts,
      boolean outcomeUnknown) {
    super(
        "%s: %s: %s%s"
            .formatted(
                method,
                refusal.code(),
                refusal.message(),
                attempts > 1 ? " (after " + attempts + " attempts)" : ""),
        refusal.cause());
    this.refusal = refusal;
    this.method = method;
    this.requestName = requestName;
    this.attempts = attempts;
    this.outcomeUnknown = outcomeUnknown;
  }

  public Code code() {
    return refusal.code();
  }

  /** What the server said, or what happened on the way. */
  public String reason() {
    return refusal.message();
  }

  /** The fields that an INVALID_ARGUMENT is about; empty if it names none. */
  public List<FieldViolation> fieldViolations() {
    return refusal.violations();
  }

  /** When the server says that it may be asked again; empty if it does not say. */
  public Optional<Duration> retryDelay() {
    return Optional.ofNullable(refusal.retryDelay());
  }

  /** Whether the request may have been executed nevertheless; never true of a read. */
  public boolean outcomeUnknown() {
    return outcomeUnknown;
  }

  /** The name that the command was sent under; empty for what takes none. */
  public Optional<String> requestName() {
    return Optional.ofNullable(requestName);
  }

  /** How often it was sent; 0 if it never was. */
  public int attempts() {
    return attempts;
  }

  /** Such as {@code SubmitScore}. */
  public String method() {
    return method;
  }
}
