package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.ResetSchedule;
import org.jspecify.annotations.Nullable;

/**
 * When a board resets by itself, as it is stored; {@link ScheduleTimes} reads it.
 *
 * @param cron five fields with one space between them
 * @param timeZone IANA name
 */
record Schedule(String cron, String timeZone) {
  private static final String DEFAULT_TIME_ZONE = "UTC";

  /** The schedule that a message says, or null if its cron is empty. */
  static @Nullable Schedule of(ResetSchedule message) {
    String cron = message.getCron().strip().replaceAll("\\s+", " ");
    if (cron.isEmpty()) {
      return null;
    }
    String zone = message.getTimeZone();
    return new Schedule(cron, zone.isEmpty() ? DEFAULT_TIME_ZONE : zone);
  }

  ResetSchedule toMessage() {
    return ResetSchedule.newBuilder().setCron(cron).setTimeZone(timeZone).build();
  }
}
