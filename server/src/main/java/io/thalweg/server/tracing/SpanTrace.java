package io.thalweg.server.tracing;

import com.google.rpc.Code;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.thalweg.runtime.Trace;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A request as a span, with a span within it from each station to the next. */
final class SpanTrace implements Trace {
  private static final AttributeKey<Long> CODE = AttributeKey.longKey("rpc.grpc.status_code");

  /** Those that are a fault of the server, as the conventions for gRPC servers have it. */
  private static final Set<Code> FAULTS =
      Set.of(
          Code.UNKNOWN,
          Code.DEADLINE_EXCEEDED,
          Code.UNIMPLEMENTED,
          Code.INTERNAL,
          Code.UNAVAILABLE,
          Code.DATA_LOSS);

  private final Tracer tracer;
  private final Span span;
  private final long offsetNs;
  private final byte[] context = new byte[CONTEXT_BYTES];
  private @Nullable Span stage;

  /**
   * @param offsetNs from the monotonic clock to nanoseconds since 1970
   */
  SpanTrace(Tracer tracer, Span span, long offsetNs) {
    this.tracer = tracer;
    this.span = span;
    this.offsetNs = offsetNs;
    HexFormat hex = HexFormat.of();
    byte[] id = hex.parseHex(span.getSpanContext().getTraceId());
    System.arraycopy(id, 0, context, 0, ID_BYTES);
    byte[] own = hex.parseHex(span.getSpanContext().getSpanId());
    System.arraycopy(own, 0, context, ID_BYTES, own.length);
  }

  @Override
  public byte[] context() {
    return context;
  }

  @Override
  public void at(Station station, long atNs) {
    endStage(atNs);
    switch (station) {
      case QUEUED -> begin("queue", atNs);
      case TAKEN -> begin("execute", atNs);
      case DECIDED -> begin("durable", atNs);
      case DURABLE -> {
        // What follows is the way back, which the request's own span has.
      }
    }
  }

  private void begin(String name, long atNs) {
    stage =
        tracer
            .spanBuilder(name)
            .setParent(Context.root().with(span))
            .setStartTimestamp(atNs + offsetNs, TimeUnit.NANOSECONDS)
            .startSpan();
  }

  private void endStage(long atNs) {
    Span open = stage;
    if (open != null) {
      open.end(atNs + offsetNs, TimeUnit.NANOSECONDS);
      stage = null;
    }
  }

  @Override
  public void end(Code code) {
    long nowNs = System.nanoTime();
    endStage(nowNs);
    span.setAttribute(CODE, (long) (code == Code.UNRECOGNIZED ? Code.UNKNOWN : code).getNumber());
    if (FAULTS.contains(code)) {
      span.setStatus(StatusCode.ERROR, code.name().toLowerCase(Locale.ROOT));
    }
    span.end(nowNs + offsetNs, TimeUnit.NANOSECONDS);
  }
}
