package io.thalweg.runtime;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A request was refused or failed: a {@link Code}, a message for a person, and details ({@code
 * google.rpc}) for a program. Has no stack trace: a refusal is an answer, not a fault.
 */
public final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_QUOTED = 64;

  private final transient Status status;

  public Failure(Status status) {
    super(status.getMessage(), null, false, false);
    this.status = status;
  }

  /** A failure without details. */
  public static Failure of(Code code, String message) {
    return new Failure(Status.newBuilder().setCode(code.getNumber()).setMessage(message).build());
  }

  /**
   * What a future failed with: the failure that it holds, also behind a {@link
   * CompletionException}. Anything else is a fault that its caller learns nothing of: INTERNAL.
   *
   * @param otherwise what is said of a fault
   */
  public static Failure of(@Nullable Throwable problem, String otherwise) {
    Throwable cause =
        problem instanceof CompletionException && problem.getCause() != null
            ? problem.getCause()
            : problem;
    return cause instanceof Failure failure ? failure : of(Code.INTERNAL, otherwise);
  }

  /**
   * INVALID_ARGUMENT for one field.
   *
   * @param field path of the field in the request
   * @param problem what it must be and what it is: "must be ..., got ..."
   */
  public static Failure invalid(String field, String problem) {
    return invalid(List.of(new Violation(field, problem)));
  }

  /** INVALID_ARGUMENT for several fields. */
  public static Failure invalid(List<Violation> violations) {
    BadRequest.Builder details = BadRequest.newBuilder();
    List<String> sentences = new ArrayList<>();
    for (Violation v : violations) {
      details.addFieldViolations(
          BadRequest.FieldViolation.newBuilder().setField(v.field()).setDescription(v.problem()));
      sentences.add(v.field() + " " + v.problem());
    }
    return new Failure(
        Status.newBuilder()
            .setCode(Code.INVALID_ARGUMENT_VALUE)
            .setMessage(String.join("; ", sentences))
            .addDetails(Any.pack(details.build()))
            .build());
  }

  /** NOT_FOUND: "there is no {kind} '{name}'". */
  public static Failure notFound(String kind, String name) {
    return of(Code.NOT_FOUND, "there is no " + kind + " '" + quote(name) + "'");
  }

  /** A failure after which trying again makes sense, not before {@code afterMs}. */
  public static Failure retryable(Code code, String message, long afterMs) {
    RetryInfo info =
        RetryInfo.newBuilder()
            .setRetryDelay(
                Duration.newBuilder()
                    .setSeconds(afterMs / 1000)
                    .setNanos((int) (afterMs % 1000) * 1_000_000))
            .build();
    return new Failure(
        Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(message)
            .addDetails(Any.pack(info))
            .build());
  }

  /** Whether the same may succeed later, as it says itself: it has a {@code RetryInfo}. */
  public boolean isRetryable() {
    return status.getDetailsList().stream().anyMatch(detail -> detail.is(RetryInfo.class));
  }

  /** A value as it may stand in a message: cut after 64 characters, control characters replaced. */
  public static String quote(String value) {
    String cut = value.length() <= MAX_QUOTED ? value : value.substring(0, MAX_QUOTED) + "...";
    return cut.replaceAll("\\p{Cntrl}", "?");
  }

  public Status status() {
    return status;
  }

  public Code code() {
    Code code = Code.forNumber(status.getCode());
    return code == null ? Code.UNKNOWN : code;
  }

  /**
   * A field that is not as it must be.
   *
   * @param field path in the request
   * @param problem "must be ..., got ..."
   */
  public record Violation(String field, String problem) {}
}
