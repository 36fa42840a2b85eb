package io.thalweg.runtime;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request name that a client draws for each of its commands, and with which it says which of its
 * earlier ones are over: {@code ~series.number.endedBelow}. A series has 16 characters of URL-safe
 * Base64, drawn at random by one client; its numbers count up, and the client will not send those
 * below {@code endedBelow} again. So their replies need not be kept, and what arrives late under
 * such a number was sent before and is not executed. The scheme is that of RIFL (Lee et al., SOSP
 * 2015) with the acknowledgement inside of the name, so that whatever carries a name carries it.
 *
 * @param series what names of the same client have in common
 * @param number of the request, from 0
 * @param endedBelow the least number whose request is not over; at most {@code number}
 */
record SeriesName(String series, long number, long endedBelow) {
  private static final Pattern FORM =
      Pattern.compile("~([A-Za-z0-9_-]{16})\\.([0-9]{1,18})\\.([0-9]{1,18})");

  /** The parts of a name; null if it is of another form, and means nothing but itself. */
  static @Nullable SeriesName of(String name) {
    if (name.isEmpty() || name.charAt(0) != '~') {
      return null;
    }
    Matcher parts = FORM.matcher(name);
    if (!parts.matches()) {
      return null;
    }
    long number = Long.parseLong(parts.group(2));
    long endedBelow = Long.parseLong(parts.group(3));
    return endedBelow <= number ? new SeriesName(parts.group(1), number, endedBelow) : null;
  }
}
