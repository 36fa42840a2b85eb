package io.thalweg.runtime;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/**
 * What a partition counts. Percentiles are over the last ten seconds or more, since they were last
 * asked for.
 */
final class PartitionMetrics {
  private static final long WINDOW_NS = TimeUnit.SECONDS.toNanos(10);
  private static final double[] QUANTILES = {0.5, 0.9, 0.99, 0.999};

  final LongAdder commands = new LongAdder();
  final LongAdder queries = new LongAdder();
  final LongAdder followed = new LongAdder();
  final LongAdder signals = new LongAdder();
  final LongAdder refusals = new LongAdder();
  final LongAdder poisons = new LongAdder();
  final LongAdder queueFull = new LongAdder();
  final LongAdder expired = new LongAdder();
  final LongAdder waitingFull = new LongAdder();
  final LongAdder batches = new LongAdder();
  final LongAdder events = new LongAdder();
  final LongAdder batchBytes = new LongAdder();
  final MessageMetrics messages = new MessageMetrics();
  final EffectMetrics effects = new EffectMetrics();

  /** Events that it is behind its leader, if another node leads; by the partition's thread. */
  volatile long lag;

  /** The contract level that is needed to read what was written; by the partition's thread. */
  volatile int writtenLevel = 1;

  /** Requests that were set aside; written by the partition's thread. */
  volatile int waiting;

  private final Window latencyUs = new Window(TimeUnit.MINUTES.toMicros(10));
  private final Window batchEvents = new Window(1 << 20);

  void register(
      MeterRegistry registry, String partition, PartitionQueue queue, NodeOptions options) {
    Tags tags = Tags.of("partition", partition);
    counter(registry, "thalweg.commands", "Commands executed", tags, commands);
    counter(registry, "thalweg.queries", "Queries executed", tags, queries);
    counter(registry, "thalweg.queries.followed", "Queries answered by a follower", tags, followed);
    gauge(registry, "thalweg.follower.lag", "Events behind the leader", tags, m -> m.lag);
    counter(registry, "thalweg.signals", "Signals executed", tags, signals);
    counter(registry, "thalweg.refusals", "Requests refused by their handler", tags, refusals);
    counter(registry, "thalweg.poison", "Commands whose handler threw", tags, poisons);
    counter(registry, "thalweg.queue.full", "Requests refused at a full queue", tags, queueFull);
    counter(registry, "thalweg.expired", "Requests past their deadline", tags, expired);
    counter(
        registry,
        "thalweg.waiting.full",
        "Requests for which no place was to wait",
        tags,
        waitingFull);
    gauge(registry, "thalweg.waiting", "Requests set aside until news", tags, m -> m.waiting);
    counter(registry, "thalweg.batches", "Batches appended", tags, batches);
    counter(registry, "thalweg.events", "Events appended", tags, events);
    counter(registry, "thalweg.batch.bytes", "Bytes appended", tags, batchBytes);
    Gauge.builder("thalweg.queue.depth", queue, PartitionQueue::size)
        .description("Requests that wait")
        .tags(tags)
        .register(registry);
    Saturation.register(
        registry, "queue", partition, queue, PartitionQueue::size, options.queueRequests());
    Saturation.register(
        registry,
        "queue-bytes",
        partition,
        queue,
        PartitionQueue::sizeBytes,
        (double) options.queueBytes());
    messages.register(registry, partition, tags, options);
    effects.register(registry, partition, tags);
    for (double q : QUANTILES) {
      Tags quantile = tags.and("quantile", Double.toString(q));
      gauge(
          registry,
          "thalweg.reply.seconds",
          "Time from submit to reply",
          quantile,
          m -> m.latencyUs.quantile(q) / 1e6);
      gauge(
          registry,
          "thalweg.batch.events",
          "Events in a batch",
          quantile,
          m -> m.batchEvents.quantile(q));
    }
  }

  /** A reply left; called by the reply thread. */
  void replied(long elapsedNs) {
    latencyUs.recorder.recordValue(Math.clamp(elapsedNs / 1000, 0, latencyUs.max));
  }

  /** A batch was appended, of that contract level or less; called by the partition's thread. */
  void appended(int count, int bytes, int level) {
    if (level > writtenLevel) {
      writtenLevel = level;
    }
    batches.increment();
    events.add(count);
    batchBytes.add(bytes);
    batchEvents.recorder.recordValue(Math.clamp(count, 0, batchEvents.max));
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
      ToDoubleFunction<PartitionMetrics> value) {
    Gauge.builder(name, this, value).description(description).tags(tags).register(registry);
  }

  /** A histogram with one writer, read as of the last window. */
  private static final class Window {
    private final SingleWriterRecorder recorder;
    private final long max;
    private Histogram last;
    private long takenNs = System.nanoTime();

    Window(long max) {
      this.max = max;
      recorder = new SingleWriterRecorder(max, 2);
      last = recorder.getIntervalHistogram();
    }

    synchronized double quantile(double q) {
      long nowNs = System.nanoTime();
      if (nowNs - takenNs >= WINDOW_NS || last.getTotalCount() == 0) {
        last = recorder.getIntervalHistogram(last);
        takenNs = nowNs;
      }
      return last.getTotalCount() == 0 ? 0 : last.getValueAtPercentile(q * 100);
    }
  }
}
