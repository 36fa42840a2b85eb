package io.thalweg.leaderboard.resp;

/** What was read is not the protocol: the connection is told so and closed. */
final class ProtocolError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ProtocolError(String message) {
    super("Protocol error: " + message, null, false, false);
  }
}
