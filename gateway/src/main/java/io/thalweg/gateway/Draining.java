package io.thalweg.gateway;

import com.google.rpc.Code;
import io.thalweg.runtime.Failure;

/** Whether the gateway is closing: then new requests are refused and old ones are answered. */
final class Draining {
  private static final long RETRY_AFTER_MS = 1000;

  private volatile boolean begun;

  void begin() {
    begun = true;
  }

  boolean begun() {
    return begun;
  }

  /**
   * @throws Failure UNAVAILABLE once the gateway is closing
   */
  void check() {
    if (begun) {
      throw Failure.retryable(Code.UNAVAILABLE, "the server is shutting down", RETRY_AFTER_MS);
    }
  }
}
