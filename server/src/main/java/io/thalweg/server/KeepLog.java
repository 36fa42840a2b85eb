package io.thalweg.server;

import io.thalweg.runtime.LogRetention;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How much of the log {@code thalweg up} keeps; nothing is removed if neither is given.
 *
 * @param age null if age says nothing
 * @param bytes 0 if size says nothing
 * @throws BadOption naming the option and its bound
 */
record KeepLog(@Nullable Duration age, long bytes) {
  private static final Pattern AGE = Pattern.compile("([1-9]\\d{0,5})([mhd])");
  private static final Pattern SIZE = Pattern.compile("([1-9]\\d{0,5})(MiB|GiB|TiB)");

  static final KeepLog ALL = new KeepLog(null, 0);

  KeepLog {
    if (age != null || bytes != 0) {
      try {
        LogRetention.of(age, bytes);
      } catch (IllegalArgumentException e) {
        throw new BadOption(
            String.valueOf(e.getMessage())
                .replace("keepAge", "keep-log-age")
                .replace("keepBytes", "keep-log-size"),
            e);
      }
    }
  }

  /** The rule for the node; null keeps everything. */
  @Nullable LogRetention retention() {
    return age == null && bytes == 0 ? null : LogRetention.of(age, bytes);
  }

  /** Reads the options; one that is null is as it was. */
  KeepLog with(@Nullable String newAge, @Nullable String newSize) {
    return new KeepLog(
        newAge == null ? age : age("keep-log-age", newAge),
        newSize == null ? bytes : bytes(newSize));
  }

  /** Minutes, hours or days; {@code option} stands in an error. */
  static Duration age(String option, String text) {
    Matcher m = AGE.matcher(text.strip());
    if (!m.matches()) {
      throw new BadOption(
          option + " must be minutes, hours or days, such as 90m, 36h or 30d; got '" + text + "'");
    }
    long number = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  private static long bytes(String text) {
    Matcher m = SIZE.matcher(text.strip());
    if (!m.matches()) {
      throw new BadOption(
          "keep-log-size must be MiB, GiB or TiB, such as 512MiB or 20GiB; got '" + text + "'");
    }
    long number = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "MiB" -> number << 20;
      case "GiB" -> number << 30;
      default -> number << 40;
    };
  }
}
