package io.thalweg.runtime;

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
  private static final int SERIES_CHARS = 16;
  private static final int MAX_DIGITS = 18;

  /** The parts of a name; null if it is of another form, and means nothing but itself. */
  static @Nullable SeriesName of(String name) {
    int firstDot = 1 + SERIES_CHARS;
    if (name.length() <= firstDot || name.charAt(0) != '~' || name.charAt(firstDot) != '.') {
      return null;
    }
    for (int i = 1; i < firstDot; i++) {
      if (!isOfSeries(name.charAt(i))) {
        return null;
      }
    }
    int secondDot = name.indexOf('.', firstDot + 1);
    long number = number(name, firstDot + 1, secondDot);
    long endedBelow = number(name, secondDot + 1, name.length());
    return number >= 0 && endedBelow >= 0 && endedBelow <= number
        ? new SeriesName(name.substring(1, firstDot), number, endedBelow)
        : null;
  }

  private static boolean isOfSeries(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  /** A whole number of a part of a name; -1 if it is none, or has too many digits. */
  private static long number(String name, int from, int end) {
    if (end <= from || end - from > MAX_DIGITS) {
      return -1;
    }
    long number = 0;
    for (int i = from; i < end; i++) {
      int digit = name.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number;
  }
}
