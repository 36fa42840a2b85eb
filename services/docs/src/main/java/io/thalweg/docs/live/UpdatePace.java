package io.thalweg.docs.live;

import com.google.rpc.Code;
import io.thalweg.runtime.Failure;

/** How many updates a connection has left: a token bucket. Not thread-safe. */
final class UpdatePace {
  private final ClientLimits limits;
  private double left;
  private long atNs;

  UpdatePace(ClientLimits limits, long nowNs) {
    this.limits = limits;
    this.left = limits.updatesAtOnce();
    this.atNs = nowNs;
  }

  /**
   * Takes one.
   *
   * @throws Failure RESOURCE_EXHAUSTED if there is none
   */
  void take(long nowNs) {
    left =
        Math.min(limits.updatesAtOnce(), left + (nowNs - atNs) * (limits.updatesPerSecond() / 1e9));
    atNs = nowNs;
    if (left < 1) {
      throw Failure.of(
          Code.RESOURCE_EXHAUSTED,
          "a client sends at most %d updates a second, and %d at once"
              .formatted(limits.updatesPerSecond(), limits.updatesAtOnce()));
    }
    left--;
  }
}
