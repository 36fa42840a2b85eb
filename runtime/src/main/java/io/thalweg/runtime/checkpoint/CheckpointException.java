package io.thalweg.runtime.checkpoint;

import io.thalweg.blob.BlobException;

/** A checkpoint cannot be written, or is damaged; the message names the file. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CheckpointException(String message) {
    super(message);
  }

  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Whether it may go better later, because a store could not be reached. */
  public boolean isTemporary() {
    for (Throwable each = getCause(); each != null; each = each.getCause()) {
      if (each instanceof BlobException e) {
        return e.reason() == BlobException.Reason.UNAVAILABLE;
      }
    }
    return false;
  }
}
