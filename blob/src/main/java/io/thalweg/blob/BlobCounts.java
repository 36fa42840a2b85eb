package io.thalweg.blob;

import java.util.concurrent.atomic.LongAdder;

/** What a store has done since it was opened. Thread-safe. */
public final class BlobCounts {
  private final LongAdder puts = new LongAdder();
  private final LongAdder putBytes = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder damaged = new LongAdder();
  private final LongAdder conflicts = new LongAdder();

  /** Blobs that were put. */
  public long puts() {
    return puts.sum();
  }

  /** Bytes of the blobs that were put. */
  public long putBytes() {
    return putBytes.sum();
  }

  /** Calls that were beyond a bound. */
  public long refused() {
    return refused.sum();
  }

  /** Blobs and references that were read and are not what was put. */
  public long damaged() {
    return damaged.sum();
  }

  /** References that were no longer what the caller believed. */
  public long conflicts() {
    return conflicts.sum();
  }

  /** For implementations: a blob was put. */
  public Blob put(Blob blob) {
    puts.increment();
    putBytes.add(blob.sizeBytes());
    return blob;
  }

  /** For implementations: counts a failure and makes it. */
  public BlobException failure(BlobException.Reason reason, String message) {
    switch (reason) {
      case REFUSED -> refused.increment();
      case DAMAGED -> damaged.increment();
      case CONFLICT -> conflicts.increment();
      case NOT_FOUND, UNAVAILABLE -> {}
    }
    return new BlobException(reason, message);
  }
}
