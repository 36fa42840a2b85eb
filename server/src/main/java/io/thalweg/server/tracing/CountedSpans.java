package io.thalweg.server.tracing;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;

/** Counts the spans that were sent, and those whose sending failed. */
final class CountedSpans implements SpanExporter {
  private final SpanExporter exporter;
  private final Counter sent;
  private final Counter failed;

  CountedSpans(SpanExporter exporter, MeterRegistry meters) {
    this.exporter = exporter;
    sent = counter(meters, "sent");
    failed = counter(meters, "failed");
  }

  private static Counter counter(MeterRegistry meters, String outcome) {
    return Counter.builder("thalweg.tracing.spans")
        .description("Spans handed to the receiver of traces")
        .tag("outcome", outcome)
        .register(meters);
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    CompletableResultCode result = exporter.export(spans);
    var _ = result.whenComplete(() -> (result.isSuccess() ? sent : failed).increment(spans.size()));
    return result;
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
