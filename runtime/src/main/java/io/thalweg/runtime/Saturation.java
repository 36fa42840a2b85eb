package io.thalweg.runtime;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;

/**
 * {@code thalweg.saturation}: how full what is bounded is, from 0 to 1, by the tag {@code bound}.
 * At 1 somebody is refused. So one rule watches all of them.
 */
public final class Saturation {
  private static final String NAME = "thalweg.saturation";

  private Saturation() {}

  /**
   * Registers a bound.
   *
   * @param bound what is bounded: "queue", "connections"
   * @param of which of several: a partition, a protocol; empty: there is one
   * @param holder asked for {@code used}; held weakly
   * @param used how much is used now; any thread
   * @param most how much may be, above 0
   */
  public static <T> void register(
      MeterRegistry meters,
      String bound,
      String of,
      T holder,
      ToDoubleFunction<T> used,
      double most) {
    Gauge.builder(NAME, holder, o -> used.applyAsDouble(o) / most)
        .description("How full what is bounded is, 0 to 1")
        .tag("bound", bound)
        .tag("of", of)
        .register(meters);
  }
}
