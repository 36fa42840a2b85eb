package io.thalweg.log.backup;

import org.jspecify.annotations.Nullable;

/** A backup or restore could not be done; the message says why and what to do, for a person. */
public final class BackupException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public BackupException(String message) {
    super(message);
  }

  public BackupException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
