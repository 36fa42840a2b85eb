package io.thalweg.runtime;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/** What a partition counts of its messages, dead letters and timers. */
final class MessageMetrics {
  final LongAdder sent = new LongAdder();
  final LongAdder received = new LongAdder();
  final LongAdder duplicates = new LongAdder();
  final LongAdder retried = new LongAdder();
  final LongAdder outboxFull = new LongAdder();
  final LongAdder deadLettered = new LongAdder();
  final LongAdder deadLettersFull = new LongAdder();
  final LongAdder timersFired = new LongAdder();
  final LongAdder timerLatenessUs = new LongAdder();

  private volatile long outbox;
  private volatile long deadLetters;
  private volatile long timers;
  private volatile long replies;
  private volatile long stopped;

  void register(MeterRegistry registry, String partition, Tags tags, NodeOptions options) {
    counter(registry, "thalweg.messages.sent", "Messages sent", tags, sent);
    counter(registry, "thalweg.messages.received", "Messages handled", tags, received);
    counter(
        registry,
        "thalweg.messages.duplicates",
        "Messages that were offered again and had been handled",
        tags,
        duplicates);
    counter(
        registry,
        "thalweg.messages.retried",
        "Deliveries that failed and are tried again",
        tags,
        retried);
    counter(
        registry,
        "thalweg.outbox.full",
        "Messages refused because too many wait to be delivered",
        tags,
        outboxFull);
    counter(registry, "thalweg.deadletters.added", "Dead letters", tags, deadLettered);
    counter(
        registry,
        "thalweg.deadletters.full",
        "Messages and timers that wait because there are too many dead letters",
        tags,
        deadLettersFull);
    counter(registry, "thalweg.timers.fired", "Timers fired", tags, timersFired);
    FunctionCounter.builder("thalweg.timers.lateness.seconds", this, m -> m.lateness())
        .description("Time from deadline to firing, summed over all timers fired")
        .tags(tags)
        .register(registry);
    gauge(registry, "thalweg.outbox.messages", "Messages not acknowledged", tags, m -> m.outbox);
    gauge(
        registry,
        "thalweg.messages.stopped",
        "Partitions that nothing can be delivered to, since messages are missing",
        tags,
        m -> m.stopped);
    gauge(registry, "thalweg.deadletters", "Dead letters kept", tags, m -> m.deadLetters);
    gauge(registry, "thalweg.timers", "Timers pending", tags, m -> m.timers);
    gauge(
        registry,
        "thalweg.replies.stored",
        "Answers kept for named requests",
        tags,
        m -> m.replies);
    full(registry, "outbox", partition, m -> m.outbox, Outbox.MAX_MESSAGES);
    full(registry, "deadletters", partition, m -> m.deadLetters, DeadLetterTable.MAX_LETTERS);
    full(registry, "timers", partition, m -> m.timers, Timers.MAX_TIMERS);
    full(registry, "replies", partition, m -> m.replies, (double) options.maxStoredReplies());
  }

  private void full(
      MeterRegistry registry,
      String bound,
      String partition,
      ToDoubleFunction<MessageMetrics> used,
      double most) {
    Saturation.register(registry, bound, partition, this, used, most);
  }

  private double lateness() {
    return timerLatenessUs.doubleValue() / 1e6;
  }

  /** How many there are now; called by the partition's thread. */
  void present(SystemTables tables) {
    outbox = tables.outbox().size();
    deadLetters = tables.deadLetters().size();
    timers = tables.timers().count();
    replies = tables.replies().count();
  }

  /** Messages that are not acknowledged, as of the last turn. Any thread. */
  long outbox() {
    return outbox;
  }

  /** Timers that are pending, as of the last turn. Any thread. */
  long timers() {
    return timers;
  }

  /** Dead letters that are kept, as of the last turn. Any thread. */
  long deadLetters() {
    return deadLetters;
  }

  /** So many targets cannot be delivered to. */
  void stopped(int targets) {
    stopped = targets;
  }

  private static void counter(
      MeterRegistry registry, String name, String description, Tags tags, LongAdder adder) {
    FunctionCounter.builder(name, adder, LongAdder::doubleValue)
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private void gauge(
      MeterRegistry registry,
      String name,
      String description,
      Tags tags,
      ToDoubleFunction<MessageMetrics> value) {
    Gauge.builder(name, this, value).description(description).tags(tags).register(registry);
  }
}
