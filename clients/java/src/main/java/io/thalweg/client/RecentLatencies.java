package io.thalweg.client;

import java.util.Arrays;
import java.util.OptionalLong;

/**
 * The latencies of the last {@value #KEPT} answers of a method, for its 95th percentile. That is
 * worked out anew after every {@value #RENEWED_AFTER} answers. Thread-safe.
 */
final class RecentLatencies {
  static final int LEAST = 100;
  private static final int KEPT = 512;
  private static final int RENEWED_AFTER = 64;

  // Guarded by this.
  private final long[] latenciesNs = new long[KEPT];
  private long count;
  private long p95Ns = -1;

  synchronized void add(long latencyNs) {
    latenciesNs[(int) (count % KEPT)] = latencyNs;
    count++;
    if (count == LEAST || (count > LEAST && count % RENEWED_AFTER == 0)) {
      long[] sorted = Arrays.copyOf(latenciesNs, (int) Math.min(count, KEPT));
      Arrays.sort(sorted);
      p95Ns = sorted[sorted.length * 95 / 100];
    }
  }

  /** Empty until {@value #LEAST} answers were seen. */
  synchronized OptionalLong p95Ns() {
    return p95Ns < 0 ? OptionalLong.empty() : OptionalLong.of(p95Ns);
  }
}
