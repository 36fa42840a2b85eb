package io.thalweg.gateway;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ClosedSessionException;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ShuttingDownException;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import com.linecorp.armeria.server.HttpResponseException;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestCancellationException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.thalweg.runtime.Failure;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers what goes wrong outside of a method, in the same JSON form. */
final class ServerErrors implements ServerErrorHandler {
  private static final Logger log = LoggerFactory.getLogger(ServerErrors.class);

  private final GatewayOptions options;
  private final Refusals refusals;

  ServerErrors(GatewayOptions options, Refusals refusals) {
    this.refusals = refusals;
    this.options = options;
  }

  @Override
  public @Nullable HttpResponse onServiceException(ServiceRequestContext ctx, Throwable cause) {
    return switch (cause) {
      case HttpStatusException e -> HttpResponse.ofFailure(e);
      case HttpResponseException e -> HttpResponse.ofFailure(e);
      case RequestTimeoutException e -> {
        refusals.count(Refusals.Reason.TIMEOUT);
        yield ErrorResponses.of(
            HttpStatus.GATEWAY_TIMEOUT,
            "no answer within "
                + ctx.requestTimeoutMillis()
                + " ms; a command may have been executed: send it again under the same"
                + " Idempotency-Key to find out");
      }
      case RequestCancellationException e -> HttpResponse.ofFailure(e);
      // The client left, which nobody needs to hear about.
      case ClosedSessionException e -> HttpResponse.ofFailure(e);
      case ClosedStreamException e -> HttpResponse.ofFailure(e);
      case StatusRuntimeException e when e.getStatus().getCode() == Status.Code.CANCELLED ->
          HttpResponse.ofFailure(e);
      case ContentTooLargeException e -> {
        refusals.count(Refusals.Reason.BODY_TOO_LARGE);
        yield ErrorResponses.of(HttpStatus.REQUEST_ENTITY_TOO_LARGE, tooLarge());
      }
      case ShuttingDownException e ->
          ErrorResponses.of(HttpStatus.SERVICE_UNAVAILABLE, "the server is shutting down");
      case Failure e -> ErrorResponses.of(e);
      default -> {
        log.error("a request failed: {} {}", ctx.method(), ctx.config().route(), cause);
        yield ErrorResponses.of(HttpStatus.INTERNAL_SERVER_ERROR, "internal error");
      }
    };
  }

  @Override
  public AggregatedHttpResponse renderStatus(
      @Nullable ServiceRequestContext ctx,
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    String message =
        switch (status.code()) {
          case 400 -> {
            refusals.count(Refusals.Reason.MALFORMED);
            yield "the request is not valid HTTP"
                + (description == null ? "" : ": " + description)
                + "; a path must be percent-encoded";
          }
          case 413 -> {
            refusals.count(Refusals.Reason.BODY_TOO_LARGE);
            yield tooLarge();
          }
          case 414 -> {
            refusals.count(Refusals.Reason.URL_TOO_LONG);
            yield "the request line must have at most " + options.maxUrlBytes() + " bytes";
          }
          case 431 -> {
            refusals.count(Refusals.Reason.HEADERS_TOO_LARGE);
            yield "the request headers must have at most " + 2 * options.maxUrlBytes() + " bytes";
          }
          default -> description == null ? status.reasonPhrase() : description;
        };
    return ErrorResponses.aggregated(status, message);
  }

  private String tooLarge() {
    return "the request body must have at most " + options.maxBodyBytes() + " bytes";
  }
}
