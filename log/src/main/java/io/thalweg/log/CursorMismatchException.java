package io.thalweg.log;

/** The log does not continue a cursor: another log, or another history. */
public class CursorMismatchException extends LogException {
  private static final long serialVersionUID = 1L;

  public CursorMismatchException(String message) {
    super(message);
  }

  public CursorMismatchException(String message, Throwable cause) {
    super(message, cause);
  }
}
