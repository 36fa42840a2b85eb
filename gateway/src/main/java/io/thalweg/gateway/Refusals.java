package io.thalweg.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Counts what is refused before it reaches a method: {@code thalweg.gateway.refused}, by reason.
 * Thread-safe.
 */
final class Refusals {
  private final Map<Reason, Counter> counters = new EnumMap<>(Reason.class);

  /** Why something was refused. */
  enum Reason {
    /** A connection made no request in time. */
    NO_REQUEST,
    /** Bytes that are not HTTP. */
    MALFORMED,
    /** A body, or a message once it is decompressed. */
    BODY_TOO_LARGE,
    URL_TOO_LONG,
    HEADERS_TOO_LARGE,
    /** A body in an encoding that is not taken, such as a compressed one. */
    ENCODING,
    /** A request was not read, or not answered, in time. */
    TIMEOUT,
  }

  Refusals(MeterRegistry meters) {
    for (Reason reason : Reason.values()) {
      counters.put(reason, counter(meters, reason.name().toLowerCase(Locale.ROOT)));
    }
  }

  static Counter counter(MeterRegistry meters, String reason) {
    return Counter.builder("thalweg.gateway.refused")
        .description("Requests and connections refused before they reached a method")
        .tag("reason", reason)
        .register(meters);
  }

  void count(Reason reason) {
    Counter counter = counters.get(reason);
    if (counter != null) {
      counter.increment();
    }
  }
}
