package io.thalweg.docs.yjs;

/** Bytes that are not what they should be. Nothing was changed by them. */
public final class MalformedUpdateException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  MalformedUpdateException(String message) {
    super(message);
  }

  MalformedUpdateException(String message, Throwable cause) {
    super(message, cause);
  }
}
