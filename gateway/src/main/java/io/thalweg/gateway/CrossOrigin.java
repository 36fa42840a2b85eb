package io.thalweg.gateway;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.cors.CorsService;
import java.util.Set;
import java.util.function.Function;

/** Lets pages of named origins use the gateway from a browser (the Fetch standard's CORS). */
final class CrossOrigin {
  private static final long PREFLIGHT_S = 600;

  private CrossOrigin() {}

  /** Answers preflight requests, and says who may read answers. Cookies are not allowed. */
  static Function<? super HttpService, CorsService> decorator(Set<String> origins) {
    return CorsService.builder(origins.toArray(String[]::new))
        .allowRequestMethods(
            HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE)
        .allowRequestHeaders(
            "authorization",
            "content-type",
            "grpc-timeout",
            "x-grpc-web",
            "x-user-agent",
            "last-event-id",
            Timeouts.HEADER,
            RequestNames.HEADER,
            SessionReads.HEADER,
            Visitors.PROJECT_HEADER)
        .exposeHeaders(
            JsonMethod.POSITION_HEADER,
            SessionReads.LAG_HEADER,
            "retry-after",
            "grpc-status",
            "grpc-message",
            "grpc-status-details-bin")
        .maxAge(PREFLIGHT_S)
        .newDecorator();
  }
}
