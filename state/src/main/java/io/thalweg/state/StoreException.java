package io.thalweg.state;

import org.jspecify.annotations.Nullable;

/** The store cannot do what it was asked; the message says what and where. */
public class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
