package io.thalweg.jobs;

import com.google.protobuf.Timestamp;

/** Log time, in microseconds since 1970, as messages say it. */
final class Times {
  private static final long US = 1_000_000;

  private Times() {}

  static Timestamp time(long us) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(us, US))
        .setNanos((int) Math.floorMod(us, US) * 1_000)
        .build();
  }

  static long us(Timestamp time) {
    return time.getSeconds() * US + time.getNanos() / 1_000;
  }
}
