package io.thalweg.gateway;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.contract.Access;
import io.thalweg.runtime.Failure;
import org.jspecify.annotations.Nullable;

/** {@code /metrics}: the node's registry in the Prometheus text format. */
final class MetricsEndpoint {
  private static final ResponseHeaders HEADERS =
      ResponseHeaders.builder(HttpStatus.OK)
          .contentType(MediaType.parse("text/plain; version=0.0.4; charset=utf-8"))
          .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
          .build();

  private MetricsEndpoint() {}

  /** Where credentials are needed, whoever scrapes needs {@code operations:read}. */
  static Endpoint of(MeterRegistry registry, Sessions sessions) {
    PrometheusMeterRegistry prometheus = prometheus(registry);
    if (prometheus == null) {
      return (ctx, request, values) ->
          ErrorResponses.of(
              HttpStatus.NOT_IMPLEMENTED,
              "the node was opened without a Prometheus meter registry");
    }
    return (ctx, request, values) -> {
      try {
        sessions.checkOperations(Visitors.of(ctx), Access.READ, "metrics", true);
      } catch (Failure denied) {
        return ErrorResponses.of(denied);
      }
      return HttpResponse.of(HEADERS, HttpData.ofUtf8(prometheus.scrape()));
    };
  }

  private static @Nullable PrometheusMeterRegistry prometheus(MeterRegistry registry) {
    return switch (registry) {
      case PrometheusMeterRegistry p -> p;
      case CompositeMeterRegistry composite -> {
        for (MeterRegistry part : composite.getRegistries()) {
          if (part instanceof PrometheusMeterRegistry p) {
            yield p;
          }
        }
        PrometheusMeterRegistry added = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        composite.add(added);
        yield added;
      }
      default -> null;
    };
  }
}
