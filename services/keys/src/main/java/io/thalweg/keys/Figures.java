package io.thalweg.keys;

import io.thalweg.keys.space.KeyText;
import io.thalweg.keys.v1.CursorRow;
import io.thalweg.keys.v1.KeyCounts;
import io.thalweg.keys.v1.NamespaceRow;

/** What is shown of a namespace, from its rows alone. */
final class Figures {
  private static final double MAX_FORECAST_US = 1_000 * 365.25 * 86_400e6;

  private Figures() {}

  /**
   * Settings, counts, rate and forecast.
   *
   * @param expiredUnknown keys of unknown fate in leases that have expired but are known still
   */
  static io.thalweg.keys.v1.Namespace of(
      String name, NamespaceRow row, CursorRow cursor, long expiredUnknown, long nowUs) {
    long total =
        KeyText.sizeOf(row.getSettings().getAlphabet().length(), row.getSettings().getLength());
    long used =
        cursor.getHigh()
            - cursor.getSkipped()
            - cursor.getLeased()
            - cursor.getLost()
            - cursor.getHandedBack()
            - cursor.getReleased()
            + cursor.getClaimedAhead();
    long unused =
        total
            - cursor.getHigh()
            - cursor.getClaimedAhead()
            + cursor.getHandedBack()
            + cursor.getReleased();
    double rate = Rate.now(cursor, row.getCreateTimeUs(), nowUs);
    io.thalweg.keys.v1.Namespace.Builder answer =
        io.thalweg.keys.v1.Namespace.newBuilder()
            .setNamespace(name)
            .setSettings(row.getSettings())
            .setCreateTime(Bounds.time(row.getCreateTimeUs()))
            .setKeysPerSecond(rate)
            .setOpenLeases(cursor.getLeases())
            .setRanges(cursor.getRanges())
            .setCounts(
                KeyCounts.newBuilder()
                    .setTotal(total)
                    .setUnused(unused)
                    .setLeased(cursor.getLeased() + cursor.getLost())
                    .setLeasedExpired(expiredUnknown + cursor.getLost())
                    .setUsed(used)
                    .setSkipped(cursor.getSkipped())
                    .setHandedBack(cursor.getHandedBack())
                    .setReleased(cursor.getReleased())
                    .setCustom(cursor.getCustom()));
    double leftUs = unused / rate * 1e6;
    if (leftUs < MAX_FORECAST_US) {
      answer.setExhaustTime(Bounds.time(nowUs + (long) leftUs));
    }
    return answer.build();
  }
}
