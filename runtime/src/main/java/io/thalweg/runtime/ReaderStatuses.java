package io.thalweg.runtime;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.host.Host;
import io.thalweg.log.Log;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** What an operator is told of the registered readers of a node's log. Thread-safe. */
final class ReaderStatuses {
  private final LogReaders readers;
  private final Host host;
  private final Supplier<@Nullable Log> log;

  ReaderStatuses(LogReaders readers, Host host, Supplier<@Nullable Log> log) {
    this.readers = readers;
    this.host = host;
    this.log = log;
  }

  void register(MeterRegistry meters) {
    Gauge.builder("thalweg.log.readers", readers, all -> all.all().size())
        .description("Registered readers, for which the log keeps what they have not read")
        .register(meters);
    gauge(
        meters,
        "thalweg.log.readers.held.bytes",
        "Bytes of the log from where the last registered reader stands",
        NodeStatus.ReaderStatus::heldBytes);
    gauge(
        meters,
        "thalweg.log.readers.age.seconds",
        "Since the registered reader that was silent the longest was heard of",
        NodeStatus.ReaderStatus::ageSeconds);
  }

  private void gauge(
      MeterRegistry meters,
      String name,
      String description,
      ToLongFunction<NodeStatus.ReaderStatus> value) {
    Gauge.builder(name, this, all -> all.list().stream().mapToLong(value).max().orElse(0))
        .description(description)
        .register(meters);
  }

  List<NodeStatus.ReaderStatus> list() {
    Log now = log.get();
    long end = now == null ? 0 : now.status().durablePosition();
    long nowUs = host.wallTimeUs();
    return readers.all().stream()
        .map(reader ->
            new NodeStatus.ReaderStatus(
                reader.name(),
                reader.note(),
                reader.neededFrom(),
                Math.max(0, end - reader.neededFrom()),
                reader.advancedUs() == 0
                    ? -1
                    : Math.max(0, TimeUnit.MICROSECONDS.toSeconds(nowUs - reader.advancedUs()))))
        .toList();
  }
}
