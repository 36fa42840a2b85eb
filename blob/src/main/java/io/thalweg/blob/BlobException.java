package io.thalweg.blob;

import java.io.IOException;

/** A store could not do what was asked; the reason says whether it may go better later. */
public final class BlobException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** There is no such blob or reference. */
    NOT_FOUND,
    /** What is stored is not what was put: length or SHA-256 differ. */
    DAMAGED,
    /** Beyond a bound, or not a valid name; the same would be refused again. */
    REFUSED,
    /** The reference is not at the version that was expected. Read it again. */
    CONFLICT,
    /** The store cannot be reached or written now; may go better later. */
    UNAVAILABLE
  }

  private final Reason reason;

  public BlobException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public BlobException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** NOT_FOUND for a blob. */
  public static BlobException noBlob(BlobId id) {
    return new BlobException(Reason.NOT_FOUND, "there is no blob " + id);
  }
}
