package io.thalweg.docs;

import com.google.rpc.Code;
import io.thalweg.runtime.Failure;

/**
 * What one document may take.
 *
 * @param documentBytes of its content and the marks of what was deleted
 * @param updatesPerSecond updates that change it, on average
 * @param updatesAtOnce how many may come faster than that
 */
record Limits(long documentBytes, int updatesPerSecond, int updatesAtOnce) {
  static final Limits DEFAULTS = new Limits(Bounds.MAX_DOCUMENT_BYTES, 5_000, 20_000);

  /** Updates that a document has left, a token bucket: in memory, and full when it is made. */
  final class Bucket {
    private double left = updatesAtOnce;
    private long atUs;

    /**
     * Takes one.
     *
     * @throws Failure RESOURCE_EXHAUSTED if there is none
     */
    void take(long nowUs) {
      double more = (nowUs - atUs) * (updatesPerSecond / 1e6);
      left = atUs == 0 ? left : Math.min(updatesAtOnce, left + more);
      atUs = nowUs;
      if (left < 1) {
        throw Failure.of(
            Code.RESOURCE_EXHAUSTED,
            "a document takes at most %d updates a second, and %d at once; merge them and come back"
                .formatted(updatesPerSecond, updatesAtOnce));
      }
      left--;
    }
  }
}
