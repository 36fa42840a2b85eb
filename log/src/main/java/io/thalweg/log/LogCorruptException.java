package io.thalweg.log;

/** Bytes that were durable are not what was written; the message names file and position. */
public class LogCorruptException extends LogException {
  private static final long serialVersionUID = 1L;

  public LogCorruptException(String message) {
    super(message);
  }

  public LogCorruptException(String message, Throwable cause) {
    super(message, cause);
  }
}
