package io.thalweg.leaderboard.resp;

/** A command is refused before it is submitted. The message is what the client reads. */
final class BadCommand extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BadCommand(String message) {
    super(message, null, false, false);
  }

  static BadCommand syntax() {
    return new BadCommand("ERR syntax error");
  }
}
