package io.thalweg.runtime;

/** A durable event that this build cannot apply: its partition stops until an operator decides. */
final class UnappliableEventException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnappliableEventException(String message) {
    super(message);
  }

  UnappliableEventException(String message, Throwable cause) {
    super(message, cause);
  }
}
