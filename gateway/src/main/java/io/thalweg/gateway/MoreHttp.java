package io.thalweg.gateway;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.thalweg.edge.HttpProtocol;
import io.thalweg.runtime.Failure;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The HTTP protocols of services that share the port. {@link HostGuard} has looked at who asks. */
final class MoreHttp {
  private final List<HttpProtocol> protocols;

  MoreHttp(List<HttpProtocol> protocols) {
    this.protocols = List.copyOf(protocols);
  }

  /** Whether a path is one of theirs: credentials come in bodies. */
  boolean isOpen(String path) {
    return protocols.stream().anyMatch(protocol -> protocol.path().equals(path));
  }

  /** Serves them; they go before what serves all other paths. */
  void addTo(
      ServerBuilder builder,
      GatewayEdge edge,
      Draining draining,
      Watchers watchers,
      Refusals refusals) {
    for (HttpProtocol protocol : protocols) {
      HttpProtocol.Acceptor acceptor = protocol.start(edge);
      var _ = watchers.atEnd(acceptor::drain);
      builder.service(
          "exact:" + protocol.path(), new Served(protocol, acceptor, draining, refusals));
    }
  }

  /** One protocol, as it is served. */
  private record Served(
      HttpProtocol protocol, HttpProtocol.Acceptor acceptor, Draining draining, Refusals refusals)
      implements HttpService {
    @Override
    public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
      HttpMethod method = protocol.takesBodies() ? HttpMethod.POST : HttpMethod.GET;
      if (request.method() != method) {
        return ErrorResponses.of(
                HttpStatus.METHOD_NOT_ALLOWED,
                "'" + protocol.path() + "' takes " + method + "; got " + request.method())
            .mapHeaders(h -> h.toBuilder().set(HttpHeaderNames.ALLOW, method.name()).build());
      }
      if (!request.headers().get(HttpHeaderNames.CONTENT_ENCODING, "identity").equals("identity")) {
        refusals.count(Refusals.Reason.ENCODING);
        return ErrorResponses.of(
            HttpStatus.UNSUPPORTED_MEDIA_TYPE, "a body must not be compressed");
      }
      ctx.setMaxRequestLength(protocol.maxBodyBytes());
      return HttpResponse.of(
          request.aggregate().thenCompose(aggregated -> answer(ctx, aggregated)));
    }

    private CompletableFuture<HttpResponse> answer(
        ServiceRequestContext ctx, AggregatedHttpRequest request) {
      try {
        draining.check();
      } catch (Failure e) {
        return CompletableFuture.completedFuture(ErrorResponses.of(e));
      }
      ctx.clearRequestTimeout();
      String authority = request.authority();
      CompletableFuture<HttpProtocol.Answer> waiting =
          acceptor.answer(
              new HttpProtocol.Request(
                  (ctx.sessionProtocol().isTls() ? "https://" : "http://")
                      + (authority == null ? "localhost" : authority),
                  request.content().array()));
      var _ = ctx.log().whenComplete().thenAccept(log -> waiting.cancel(false));
      return waiting.handle((answer, problem) -> {
        if (waiting.isCancelled()) {
          // Nobody reads it.
          return HttpResponse.of(HttpStatus.SERVICE_UNAVAILABLE);
        }
        return problem == null ? response(answer) : HttpResponse.ofFailure(problem);
      });
    }

    private static HttpResponse response(HttpProtocol.Answer answer) {
      ResponseHeadersBuilder headers =
          ResponseHeaders.builder(answer.status())
              .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
              .set("x-content-type-options", "nosniff");
      String type = answer.contentType();
      if (type != null) {
        headers.set(HttpHeaderNames.CONTENT_TYPE, type);
      }
      return HttpResponse.of(headers.build(), HttpData.wrap(answer.body()));
    }
  }
}
