package io.thalweg.log;

import org.jspecify.annotations.Nullable;

/** The log could not do what was asked; the message says what and, where it helps, what to do. */
public class LogException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LogException(String message) {
    super(message);
  }

  public LogException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
