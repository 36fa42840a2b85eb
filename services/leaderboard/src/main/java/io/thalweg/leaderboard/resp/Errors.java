package io.thalweg.leaderboard.resp;

import io.thalweg.runtime.Failure;

/** Refusals in the words of Redis, as far as it has any. */
final class Errors {
  static final String WRONG_TYPE =
      "WRONGTYPE Operation against a key holding the wrong kind of value";

  private Errors() {}

  static String of(Failure failure) {
    String message = failure.status().getMessage();
    return switch (failure.code()) {
      case FAILED_PRECONDITION -> WRONG_TYPE + ": " + message;
      case PERMISSION_DENIED -> "NOPERM " + message;
      case UNAUTHENTICATED -> "NOAUTH Authentication required. " + message;
      case RESOURCE_EXHAUSTED, UNAVAILABLE, ABORTED, DEADLINE_EXCEEDED -> "TRYAGAIN " + message;
      default -> "ERR " + message;
    };
  }
}
