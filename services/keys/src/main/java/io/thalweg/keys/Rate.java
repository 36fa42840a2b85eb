package io.thalweg.keys;

import io.thalweg.keys.v1.CursorRow;

/**
 * Keys a second as an exponential mean over an hour of log time: old keys count for less and less.
 * {@link StrictMath} gives the same on every machine, so that a replay does.
 */
final class Rate {
  private static final double MEAN_US = 3_600e6;
  private static final double SECONDS = 3_600;
  private static final double MIN_AGE_US = 1e6;

  private Rate() {}

  /** Counts keys that leave now. */
  static void count(CursorRow.Builder cursor, long keys, long nowUs) {
    double before = faded(cursor.getKeysPerSecond(), cursor.getRateTimeUs(), nowUs);
    cursor.setKeysPerSecond(before + keys / SECONDS).setRateTimeUs(nowUs);
  }

  /** The mean now; of a young namespace over its age. */
  static double now(CursorRow cursor, long createTimeUs, long nowUs) {
    double mean = faded(cursor.getKeysPerSecond(), cursor.getRateTimeUs(), nowUs);
    double age = Math.max(MIN_AGE_US, (double) (nowUs - createTimeUs));
    return mean / (1 - StrictMath.exp(-age / MEAN_US));
  }

  private static double faded(double mean, long fromUs, long nowUs) {
    return mean == 0 ? 0 : mean * StrictMath.exp(-Math.max(0, nowUs - fromUs) / MEAN_US);
  }
}
