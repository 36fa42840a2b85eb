package io.thalweg.runtime;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.atomic.LongAdder;

/** What a partition counts of its effects. */
final class EffectMetrics {
  final LongAdder intended = new LongAdder();
  final LongAdder attempts = new LongAdder();
  final LongAdder retried = new LongAdder();
  final LongAdder succeeded = new LongAdder();
  final LongAdder givenUp = new LongAdder();
  final LongAdder full = new LongAdder();

  private volatile long pending;
  private volatile long underway;

  void register(MeterRegistry registry, String partition, Tags tags) {
    counter(registry, "thalweg.effects.intended", "Effects asked for", tags, intended);
    counter(registry, "thalweg.effects.attempts", "Calls begun for effects", tags, attempts);
    counter(
        registry, "thalweg.effects.retried", "Calls that failed and are repeated", tags, retried);
    counter(registry, "thalweg.effects.succeeded", "Effects that ended well", tags, succeeded);
    counter(
        registry,
        "thalweg.effects.given.up",
        "Effects that were refused for good, tried too often or too old",
        tags,
        givenUp);
    counter(
        registry,
        "thalweg.effects.full",
        "Effects refused because too many are pending",
        tags,
        full);
    Gauge.builder("thalweg.effects.pending", this, m -> m.pending)
        .description("Effects without a result")
        .tags(tags)
        .register(registry);
    Gauge.builder("thalweg.effects.underway", this, m -> m.underway)
        .description("Calls of effects that have no outcome yet")
        .tags(tags)
        .register(registry);
    Saturation.register(
        registry, "effects", partition, this, m -> m.pending, EffectTable.MAX_EFFECTS);
  }

  /** How many there are now; called by the partition's thread. */
  void present(long effects, long inFlight) {
    pending = effects;
    underway = inFlight;
  }

  /** Effects without a result. */
  long pending() {
    return pending;
  }

  private static void counter(
      MeterRegistry registry, String name, String description, Tags tags, LongAdder adder) {
    FunctionCounter.builder(name, adder, LongAdder::doubleValue)
        .description(description)
        .tags(tags)
        .register(registry);
  }
}
