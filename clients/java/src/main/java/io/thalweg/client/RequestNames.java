package io.thalweg.client;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Draws names for the commands of a client, each once: {@code ~series.number.endedBelow}. A series
 * is 96 random bits, so that no two clients ever draw the same one. A name also says below which
 * number all requests of its series have ended, so that the server need not remember their answers:
 * it keeps about as many as this client has requests in flight.
 *
 * <p>A new series begins when it stays unknown what became of a request, since its name may be
 * given again by whoever wants to know; and when one request takes so long that {@value #MOST_OPEN}
 * others have begun. Thread-safe.
 */
final class RequestNames {
  /** The server remembers names of a series for 10 minutes: enough for twice this. */
  static final Duration MAX_TIMEOUT = Duration.ofMinutes(5);

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int SERIES_BYTES = 12;
  private static final int LONE_BYTES = 16;
  private static final int MOST_OPEN = 1_000;

  private final TreeSet<Long> open = new TreeSet<>();
  private String series = random(SERIES_BYTES);
  private long next;

  /**
   * A name that was drawn.
   *
   * @param text as it is sent
   * @param series null if it is of none
   * @param number in the series
   */
  record Drawn(String text, @Nullable String series, long number) {}

  /** The name of a request that is sent for no longer than its timeout. */
  Drawn draw(Duration timeout) {
    if (timeout.compareTo(MAX_TIMEOUT) > 0) {
      return new Drawn(random(LONE_BYTES), null, 0);
    }
    synchronized (this) {
      if (!open.isEmpty() && next - open.first() >= MOST_OPEN) {
        begin();
      }
      long number = next++;
      open.add(number);
      return new Drawn("~" + series + '.' + number + '.' + open.first(), series, number);
    }
  }

  /**
   * A request is over: it is not sent again.
   *
   * @param known whether it is known what became of it
   */
  synchronized void ended(Drawn name, boolean known) {
    if (!series.equals(name.series())) {
      return;
    }
    if (known) {
      open.remove(name.number());
    } else {
      begin();
    }
  }

  private void begin() {
    series = random(SERIES_BYTES);
    next = 0;
    open.clear();
  }

  private static String random(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
