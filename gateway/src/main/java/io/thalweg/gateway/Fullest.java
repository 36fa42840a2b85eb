package io.thalweg.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.runtime.Saturation;
import java.util.Collection;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Saturation of what each project, address or connection has a bound of its own for: of all of them
 * the fullest one. A figure for each would be as many series as there are clients.
 */
final class Fullest {
  private Fullest() {}

  /**
   * Registers a bound; none if there is no bound.
   *
   * @param bound what is bounded
   * @param of what has such a bound each: "project", "address", "connection"
   * @param all looked through whenever the figure is asked for; any thread
   * @param used how much one of them uses
   * @param most how much one of them may; 0: there is no bound
   */
  static <T> void register(
      MeterRegistry meters,
      String bound,
      String of,
      Supplier<? extends Collection<T>> all,
      ToDoubleFunction<T> used,
      double most) {
    if (most > 0) {
      // Held by the function, and so by the registry: it lives as long as the gateway's meters.
      Saturation.register(
          meters,
          bound,
          "fullest " + of,
          meters,
          m -> all.get().stream().mapToDouble(used).max().orElse(0),
          most);
    }
  }
}
