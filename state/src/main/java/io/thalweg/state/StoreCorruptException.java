package io.thalweg.state;

import org.jspecify.annotations.Nullable;

/** The store's files are damaged. They are derived: drop them and rebuild from the log. */
public final class StoreCorruptException extends StoreException {
  private static final long serialVersionUID = 1L;

  public StoreCorruptException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
