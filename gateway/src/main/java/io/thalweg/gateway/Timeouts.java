package io.thalweg.gateway;

import com.linecorp.armeria.common.RequestHeaders;
import io.thalweg.runtime.Failure;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Times that clients give: {@code 30s}, {@code 500ms}, or a number of seconds. */
final class Timeouts {
  /** How long the client of a request waits for its answer. */
  static final String HEADER = "thalweg-timeout";

  private static final Pattern DURATION = Pattern.compile("(\\d{1,7})(ms|s|)");

  private Timeouts() {}

  /**
   * Milliseconds.
   *
   * @param what the header or parameter, for the error
   * @throws Failure INVALID_ARGUMENT naming it
   */
  static long parse(String text, String what) {
    Matcher m = DURATION.matcher(text);
    if (!m.matches()) {
      throw Failure.invalid(
          what, "must be a time such as 30s or 500ms; got '" + Failure.quote(text) + "'");
    }
    long count = Long.parseLong(m.group(1));
    return m.group(2).equals("ms") ? count : count * 1000;
  }

  /** What the client of a request says, at most as long as the server would wait by itself. */
  static long of(RequestHeaders headers, long mostMs) {
    return of(headers.get(HEADER), HEADER, mostMs);
  }

  /** As {@link #of(RequestHeaders, long)}; null: the client says nothing. */
  static long of(@Nullable String text, String what, long mostMs) {
    return text == null ? mostMs : Math.min(mostMs, parse(text, what));
  }
}
