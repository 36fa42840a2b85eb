package io.thalweg.schedules;

import org.jspecify.annotations.Nullable;

/**
 * Times that come again and again, as a service stores them; {@link ScheduleTimes} reads it.
 *
 * @param cron five fields with one space between them
 * @param timeZone IANA name
 */
public record Schedule(String cron, String timeZone) {
  private static final String DEFAULT_TIME_ZONE = "UTC";

  /**
   * The schedule that a request says, or null if its cron is empty.
   *
   * @param cron UNIX cron, with any white space between its fields
   * @param timeZone IANA name; empty: UTC
   */
  public static @Nullable Schedule of(String cron, String timeZone) {
    String fields = cron.strip().replaceAll("\\s+", " ");
    if (fields.isEmpty()) {
      return null;
    }
    return new Schedule(fields, timeZone.isEmpty() ? DEFAULT_TIME_ZONE : timeZone);
  }
}
