package io.thalweg.server.tracing;

import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.thalweg.runtime.Trace;
import io.thalweg.runtime.Tracing;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Follows requests with the OpenTelemetry SDK and sends their spans by OTLP over HTTP, in batches
 * and from a bounded queue: what does not fit is dropped and never waited for.
 *
 * <p>A request is a span of the gateway; {@code queue}, {@code execute} and {@code durable} are
 * spans within it. Everything but the endpoint is set by the standard variables {@code OTEL_*}
 * (sampling with {@code OTEL_TRACES_SAMPLER}); a request that is not sampled is not followed.
 */
public final class OpenTelemetryTracing implements Tracing, AutoCloseable {
  /** Any of these switches it on, unless {@code OTEL_SDK_DISABLED} is true. */
  static final List<String> VARIABLES =
      List.of("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");

  private static final Map<String, String> DEFAULTS =
      Map.of(
          "otel.service.name", "thalweg",
          "otel.exporter.otlp.protocol", "http/protobuf",
          // Metrics are at /metrics, logs on standard error.
          "otel.metrics.exporter", "none",
          "otel.logs.exporter", "none");
  private static final AttributeKey<String> METHOD = AttributeKey.stringKey("rpc.method");
  private static final AttributeKey<String> PROTOCOL =
      AttributeKey.stringKey("network.protocol.name");
  private static final TextMapGetter<Headers> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Headers carrier) {
          return List.of();
        }

        @Override
        public @Nullable String get(@Nullable Headers carrier, String key) {
          return carrier == null ? null : carrier.get(key);
        }
      };

  private final OpenTelemetrySdk sdk;
  private final Tracer tracer;

  private OpenTelemetryTracing(OpenTelemetrySdk sdk) {
    this.sdk = sdk;
    tracer = sdk.getTracer("io.thalweg");
  }

  /** Whether the environment asks for it. */
  public static boolean isWanted(Map<String, String> environment) {
    return !"true".equalsIgnoreCase(environment.get("OTEL_SDK_DISABLED"))
        && VARIABLES.stream().anyMatch(name -> !environment.getOrDefault(name, "").isBlank());
  }

  /**
   * Begins.
   *
   * @param endpoint where the receiver is, such as {@code http://127.0.0.1:4318}; null: as the
   *     environment says
   * @throws IllegalArgumentException if it cannot be set up so; says why
   */
  public static OpenTelemetryTracing start(@Nullable String endpoint, MeterRegistry meters) {
    Map<String, String> asked = endpoint == null ? Map.of() : at(endpoint);
    try {
      return new OpenTelemetryTracing(
          AutoConfiguredOpenTelemetrySdk.builder()
              .disableShutdownHook()
              .addPropertiesSupplier(() -> DEFAULTS)
              .addPropertiesCustomizer(config -> asked)
              .addSpanExporterCustomizer((exporter, config) -> new CountedSpans(exporter, meters))
              .build()
              .getOpenTelemetrySdk());
    } catch (ConfigurationException e) {
      throw new IllegalArgumentException("OpenTelemetry: " + e.getMessage(), e);
    }
  }

  private static Map<String, String> at(String endpoint) {
    URI uri;
    try {
      uri = new URI(endpoint);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("otlp-endpoint must be a URL; got '" + endpoint + "'", e);
    }
    if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
      throw new IllegalArgumentException(
          "otlp-endpoint must be a URL such as http://127.0.0.1:4318; got '" + endpoint + "'");
    }
    String base = endpoint.endsWith("/") ? endpoint : endpoint + "/";
    return Map.of(
        "otel.sdk.disabled",
        "false",
        "otel.exporter.otlp.endpoint",
        endpoint,
        "otel.exporter.otlp.traces.endpoint",
        base + "v1/traces");
  }

  @Override
  public @Nullable Trace begin(String method, String protocol, long startNs, Headers from) {
    Context parent = W3CTraceContextPropagator.getInstance().extract(Context.root(), from, GETTER);
    return follow(
        tracer
            .spanBuilder(method)
            .setSpanKind(SpanKind.SERVER)
            .setParent(parent)
            .setAttribute(METHOD, method)
            .setAttribute(PROTOCOL, protocol),
        startNs);
  }

  @Override
  public @Nullable Trace resume(String what, byte[] context, long startNs) {
    HexFormat hex = HexFormat.of();
    SpanContext cause =
        SpanContext.createFromRemoteParent(
            hex.formatHex(context, 0, Trace.ID_BYTES),
            hex.formatHex(context, Trace.ID_BYTES, Trace.CONTEXT_BYTES),
            TraceFlags.getSampled(),
            TraceState.getDefault());
    return follow(
        tracer
            .spanBuilder(what)
            .setSpanKind(SpanKind.CONSUMER)
            .setParent(Context.root().with(Span.wrap(cause))),
        startNs);
  }

  private @Nullable Trace follow(SpanBuilder builder, long startNs) {
    long nowNs = System.nanoTime();
    long epochNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    long offsetNs = epochNs - nowNs;
    Span span = builder.setStartTimestamp(startNs + offsetNs, TimeUnit.NANOSECONDS).startSpan();
    return span.isRecording() && span.getSpanContext().isSampled()
        ? new SpanTrace(tracer, span, offsetNs)
        : null;
  }

  /** Sends what waits, for at most ten seconds, and ends. */
  @Override
  public void close() {
    var _ = sdk.getSdkTracerProvider().shutdown().join(10, TimeUnit.SECONDS);
  }
}
