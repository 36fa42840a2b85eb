package io.thalweg.server;

/**
 * A command could not do what was asked, for a reason that a person can act upon. The message is
 * shown as it is, without a stack trace; the process exits with 1.
 */
public final class CommandFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CommandFailed(String message) {
    super(message);
  }

  public CommandFailed(String message, Throwable cause) {
    super(message, cause);
  }
}
