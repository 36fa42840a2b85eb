package io.thalweg.gateway;

import com.google.rpc.Code;
import io.thalweg.gateway.centrifuge.ErrorReply;
import io.thalweg.runtime.Failure;

/**
 * The codes of the Centrifuge protocol: errors that a command is answered with, and those that a
 * connection is closed with. A failure of a method keeps its own code, {@link #METHOD} plus that of
 * {@code google.rpc.Code}.
 */
enum CentrifugeError {
  INTERNAL(100, "internal server error", true),
  UNAUTHORIZED(101, "unauthorized", false),
  UNKNOWN_CHANNEL(102, "unknown channel", false),
  PERMISSION_DENIED(103, "permission denied", false),
  METHOD_NOT_FOUND(104, "method not found", false),
  ALREADY_SUBSCRIBED(105, "already subscribed", false),
  LIMIT_EXCEEDED(106, "limit exceeded", false),
  BAD_REQUEST(107, "bad request", false),
  NOT_AVAILABLE(108, "not available", false),
  TOO_MANY_REQUESTS(111, "too many requests", true),
  UNRECOVERABLE_POSITION(112, "unrecoverable position", false);

  /** Codes from here on are free for servers. */
  private static final int METHOD = 400;

  private final int code;
  private final String message;
  private final boolean temporary;

  CentrifugeError(int code, String message, boolean temporary) {
    this.code = code;
    this.message = message;
    this.temporary = temporary;
  }

  ErrorReply reply() {
    return ErrorReply.newBuilder()
        .setCode(code)
        .setMessage(message)
        .setTemporary(temporary)
        .build();
  }

  /** The same, with more to say. */
  ErrorReply reply(String more) {
    return reply().toBuilder().setMessage(message + ": " + more).build();
  }

  /** A method's failure: {@code INVALID_ARGUMENT: ...} with code 403. */
  static ErrorReply of(Failure failure) {
    Code code = failure.code();
    return ErrorReply.newBuilder()
        .setCode(METHOD + code.getNumber())
        .setMessage(code.name() + ": " + failure.status().getMessage())
        .setTemporary(code == Code.UNAVAILABLE || code == Code.RESOURCE_EXHAUSTED)
        .build();
  }

  /** Why a connection is closed. Clients come back by themselves for codes below 3500. */
  enum Disconnect {
    SHUTDOWN(3001, "shutdown"),
    INTERNAL(3004, "internal server error"),
    SLOW(3008, "slow"),
    NO_PONG(3012, "no pong"),
    INVALID_TOKEN(3500, "invalid token"),
    BAD_REQUEST(3501, "bad request"),
    STALE(3502, "stale");

    final int code;
    final String reason;

    Disconnect(int code, String reason) {
      this.code = code;
      this.reason = reason;
    }
  }
}
