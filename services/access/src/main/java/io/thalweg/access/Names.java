package io.thalweg.access;

import com.google.protobuf.Timestamp;
import io.thalweg.runtime.Failure;
import java.util.regex.Pattern;

/** Names of projects and keys, and times. */
final class Names {
  static final int DEFAULT_PAGE_SIZE = 100;

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");
  private static final long MICROS = 1_000_000;

  private Names() {}

  /**
   * @throws Failure INVALID_ARGUMENT naming the field
   */
  static void check(String field, String name) {
    if (!NAME.matcher(name).matches()) {
      throw Failure.invalid(
          field,
          "must be 1 to 40 of a-z, 0-9 and '-', beginning with a letter; got '"
              + Failure.quote(name)
              + "'");
    }
  }

  static Timestamp time(long us) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(us, MICROS))
        .setNanos((int) Math.floorMod(us, MICROS) * 1000)
        .build();
  }

  /** Microseconds since 1970. */
  static long us(Timestamp time) {
    return Math.addExact(Math.multiplyExact(time.getSeconds(), MICROS), time.getNanos() / 1000);
  }
}
