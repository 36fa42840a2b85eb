package io.thalweg.server;

/**
 * An option has a value that it cannot have. The message begins with the option's name, or with the
 * configuration file that it stands in. The command that took it makes it a wrong use of itself:
 * the process exits with 2.
 */
final class BadOption extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BadOption(String message) {
    super(message);
  }

  BadOption(String message, Throwable cause) {
    super(message, cause);
  }
}
