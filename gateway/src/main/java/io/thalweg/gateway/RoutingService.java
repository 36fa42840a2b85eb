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
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.RoutingContext;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.thalweg.runtime.Failure;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Sends a request to the endpoint of its path, or says why there is none. */
final class RoutingService implements HttpService {
  private final Router<Endpoint> router;
  private final Sockets sockets = new Sockets();

  RoutingService(Router<Endpoint> router) {
    this.router = router;
  }

  /** Says that WebSockets may be opened here; whether at this path, {@link #serve} finds out. */
  @Override
  public <T> @Nullable T as(Class<T> type) {
    T self = HttpService.super.as(type);
    return self == null ? sockets.service().as(type) : self;
  }

  @Override
  public ExchangeType exchangeType(RoutingContext context) {
    return context.method() == HttpMethod.GET && streams(context.requestTarget().rawPath())
        ? ExchangeType.RESPONSE_STREAMING
        : ExchangeType.UNARY;
  }

  private boolean streams(@Nullable String rawPath) {
    return rawPath != null
        && router.route(HttpMethod.GET, withoutQuery(rawPath))
            instanceof Router.Route.Found<Endpoint> found
        && found.target().streams();
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) throws Exception {
    String path = withoutQuery(ctx.rawPath());
    if (Sockets.isUpgrade(request.headers())) {
      return upgrade(ctx, request, path);
    }
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

  private HttpResponse upgrade(ServiceRequestContext ctx, HttpRequest request, String path)
      throws Exception {
    if (router.route(HttpMethod.GET, path) instanceof Router.Route.Found<Endpoint> found
        && found.target() instanceof WatchEndpoint watch) {
      Sockets.aim(ctx, watch, found.values());
      return sockets.service().serve(ctx, request);
    }
    return ErrorResponses.of(
        HttpStatus.NOT_FOUND,
        "there is nothing to watch at '" + Failure.quote(path) + "'; / lists what there is");
  }

  @Override
  public boolean shouldCachePath(String path, @Nullable String query, Route route) {
    return false;
  }

  private static String withoutQuery(String target) {
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
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
