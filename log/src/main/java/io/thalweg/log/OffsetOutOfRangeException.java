package io.thalweg.log;

/** An offset outside of what the log holds; the message names both. */
public class OffsetOutOfRangeException extends LogException {
  private static final long serialVersionUID = 1L;

  public OffsetOutOfRangeException(String message) {
    super(message);
  }

  public OffsetOutOfRangeException(String message, Throwable cause) {
    super(message, cause);
  }
}
