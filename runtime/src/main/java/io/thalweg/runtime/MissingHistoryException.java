package io.thalweg.runtime;

/**
 * A partition has no tables, the log does not begin with its first event, and no checkpoint fits:
 * its state cannot be made. The message says what is missing.
 */
final class MissingHistoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MissingHistoryException(String message) {
    super(message);
  }
}
