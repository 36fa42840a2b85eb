package io.thalweg.gateway;

import com.google.rpc.Code;
import com.google.rpc.Status;
import com.linecorp.armeria.common.ExchangeType;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.RoutingContext;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.thalweg.runtime.Failure;
import java.util.Set;
import java.util.stream.Collectors;

/** Sends a request to the endpoint of its path, or says why there is none. */
final class RoutingService implements HttpService {
  private final Router<Endpoint> router;

  RoutingService(Router<Endpoint> router) {
    this.router = router;
  }

  @Override
  public ExchangeType exchangeType(RoutingContext context) {
    return context.method() == HttpMethod.GET && streams(context.requestTarget().rawPath())
        ? ExchangeType.RESPONSE_STREAMING
        : ExchangeType.UNARY;
  }

  private boolean streams(@org.jspecify.annotations.Nullable String rawPath) {
    return rawPath != null
        && router.route(HttpMethod.GET, rawPath) instanceof Router.Route.Found<Endpoint> found
        && found.target().streams();
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    String path = ctx.rawPath();
    HttpMethod method = request.method() == HttpMethod.HEAD ? HttpMethod.GET : request.method();
    return switch (router.route(method, path)) {
      case Router.Route.Found<Endpoint>(var endpoint, var values) ->
          endpoint.serve(ctx, request, values);
      case Router.Route.WrongMethod<Endpoint>(var allowed) ->
          wrongMethod(request.method(), path, allowed);
      case Router.Route.Unknown<Endpoint> unknown ->
          ErrorResponses.of(
              HttpStatus.NOT_FOUND,
              "there is nothing at '" + Failure.quote(path) + "'; / lists what there is");
    };
  }

  @Override
  public boolean shouldCachePath(
      String path,
      @org.jspecify.annotations.Nullable String query,
      com.linecorp.armeria.server.Route route) {
    return false;
  }

  private static HttpResponse wrongMethod(HttpMethod method, String path, Set<HttpMethod> allowed) {
    String names = allowed.stream().map(HttpMethod::name).collect(Collectors.joining(", "));
    String message = "'" + Failure.quote(path) + "' takes " + names + "; got " + method.name();
    Status body = Status.newBuilder().setCode(Code.UNIMPLEMENTED_VALUE).setMessage(message).build();
    ResponseHeadersBuilder headers =
        ErrorResponses.headers(HttpStatus.METHOD_NOT_ALLOWED).set(HttpHeaderNames.ALLOW, names);
    return HttpResponse.of(
        headers.build(), HttpData.wrap(ErrorResponses.body(HttpStatus.METHOD_NOT_ALLOWED, body)));
  }
}
