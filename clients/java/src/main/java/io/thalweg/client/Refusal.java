package io.thalweg.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one attempt failed.
 *
 * @param retryDelay that the server asks for; null if it does not
 * @param cause on this side; null if the server answered
 */
record Refusal(
    Code code,
    String message,
    List<FieldViolation> violations,
    @Nullable Duration retryDelay,
    @Nullable Throwable cause) {

  static Refusal of(Code code, String message) {
    return new Refusal(code, message, List.of(), null, null);
  }

  /** Reads a status and the details in its trailers. */
  static Refusal of(Status status, @Nullable Metadata trailers) {
    // gRPC says UNKNOWN of some connections that broke; a server's UNKNOWN has no cause here.
    Code code =
        status.getCode() == Status.Code.UNKNOWN && status.getCause() instanceof IOException
            ? Code.UNAVAILABLE
            : Code.forNumber(status.getCode().value());
    List<FieldViolation> violations = new ArrayList<>();
    Duration retryDelay = null;
    com.google.rpc.Status whole = StatusProto.fromStatusAndTrailers(status, trailers);
    for (Any detail : whole.getDetailsList()) {
      try {
        if (detail.is(BadRequest.class)) {
          for (BadRequest.FieldViolation v :
              detail.unpack(BadRequest.class).getFieldViolationsList()) {
            violations.add(new FieldViolation(v.getField(), v.getDescription()));
          }
        } else if (detail.is(RetryInfo.class)) {
          com.google.protobuf.Duration delay = detail.unpack(RetryInfo.class).getRetryDelay();
          retryDelay = Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
        }
      } catch (InvalidProtocolBufferException unreadable) {
        // A detail that cannot be read tells nothing; code and message stand without it.
      }
    }
    String description = status.getDescription();
    Throwable cause = status.getCause();
    String message = description == null ? "no reason was given" : description;
    return new Refusal(
        code == null ? Code.UNKNOWN : code,
        cause == null || cause.getMessage() == null ? message : message + ": " + cause.getMessage(),
        List.copyOf(violations),
        retryDelay,
        cause);
  }

  /** Whether it leaves open if the request was executed. */
  boolean leavesOutcomeOpen() {
    return switch (code) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, UNKNOWN, INTERNAL -> true;
      default -> false;
    };
  }

  /** Whether the server refused before it did anything, and may take it later. */
  boolean refusedForNow() {
    return code == Code.RESOURCE_EXHAUSTED && retryDelay != null;
  }

  /** Whether what may be sent twice should be sent again. */
  boolean passing() {
    return code == Code.UNAVAILABLE || code == Code.CANCELLED || refusedForNow();
  }
}
