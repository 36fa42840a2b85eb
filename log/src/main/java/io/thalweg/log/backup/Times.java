package io.thalweg.log.backup;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Log times as people read them. */
final class Times {
  private Times() {}

  static String text(long us) {
    return Instant.EPOCH.plus(us, ChronoUnit.MICROS).toString();
  }
}
