package io.thalweg.crashtest;

/** A round did not end well; the message says which, where its files are and how to run it. */
final class RoundFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RoundFailed(String message, Throwable cause) {
    super(message, cause);
  }
}
