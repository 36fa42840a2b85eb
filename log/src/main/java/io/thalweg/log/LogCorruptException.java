package io.thalweg.log;

import org.jspecify.annotations.Nullable;

/** Bytes that were durable are not what was written; the message names file and position. */
public class LogCorruptException extends LogException {
  private static final long serialVersionUID = 1L;

  public LogCorruptException(String message) {
    super(message);
  }

  public LogCorruptException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
