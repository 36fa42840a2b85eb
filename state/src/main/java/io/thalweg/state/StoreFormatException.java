package io.thalweg.state;

/** The store was written by a newer build, in a format that this one does not know. */
public final class StoreFormatException extends StoreException {
  private static final long serialVersionUID = 1L;

  public StoreFormatException(String message) {
    super(message, null);
  }
}
