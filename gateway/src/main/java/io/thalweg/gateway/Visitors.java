package io.thalweg.gateway;

import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.netty.util.AttributeKey;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Failure;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Tells who sends a request before anything of its body is looked at, and leaves their session with
 * the request. A request whose credentials are not good is answered here, in the form of its
 * protocol; one without any too, where they are needed, unless it is for one of the few paths that
 * are open to all.
 *
 * <p>Credentials are in {@code Authorization: Bearer ...}, or for those who cannot set a header (a
 * browser's WebSocket or EventSource) in the query's {@code access_token}; or a page of this server
 * has signed in, see {@link SignIns}.
 */
final class Visitors implements DecoratingHttpServiceFunction {
  /** Names the project to act in; for operators. */
  static final String PROJECT_HEADER = "thalweg-project";

  /** Stands in a query for the header, and is no field of a request. */
  static final String TOKEN_PARAMETER = "access_token";

  private static final String BEARER = "bearer ";
  private static final AttributeKey<Session> SESSION =
      AttributeKey.valueOf(Visitors.class, "SESSION");

  /**
   * What tells that the server is up, what explains it, and where credentials come with the first
   * command.
   */
  private static final Set<String> PUBLIC =
      Set.of(
          "/",
          "/livez",
          "/readyz",
          "/openapi.json",
          "/docs",
          CentrifugeService.PATH,
          SignIns.PATH,
          "/grpc.health.v1.Health/Check");

  private final Sessions sessions;
  private final MoreGrpc others;
  private final MoreSockets sockets;
  private final MoreHttp http;
  private final SignIns signIns;

  Visitors(
      Sessions sessions, SignIns signIns, MoreGrpc others, MoreSockets sockets, MoreHttp http) {
    this.sessions = sessions;
    this.signIns = signIns;
    this.others = others;
    this.sockets = sockets;
    this.http = http;
  }

  /** Whose request it is. */
  static Session of(ServiceRequestContext ctx) {
    Session session = ctx.attr(SESSION);
    if (session == null) {
      throw new IllegalStateException("nobody looked at whose request this is");
    }
    return session;
  }

  @Override
  public HttpResponse serve(HttpService delegate, ServiceRequestContext ctx, HttpRequest request)
      throws Exception {
    RequestHeaders headers = request.headers();
    CompletableFuture<Session> opening;
    try {
      InetSocketAddress peer = ctx.remoteAddress();
      sessions.limits().admit(peer == null ? null : peer.getAddress());
      Credentials credentials = credentials(headers, ctx.queryParams());
      if (credentials instanceof Credentials.None) {
        credentials = others.credentials(ctx.path(), headers);
      }
      if (credentials instanceof Credentials.None) {
        credentials = signIns.of(ctx, headers);
      }
      String project = headers.get(PROJECT_HEADER);
      if (credentials instanceof Credentials.None && project == null) {
        if (sessions.required()
            && !isPublic(ctx.path())
            && !others.isOpen(ctx.path())
            && !sockets.isOpen(ctx.path())
            && !http.isOpen(ctx.path())) {
          // Its one answer says what is needed.
          return refusal(headers, Sessions.needed());
        }
        ctx.setAttr(SESSION, sessions.anonymous());
        return delegate.serve(ctx, request);
      }
      opening = sessions.open(credentials, project);
    } catch (Failure refusal) {
      return refusal(headers, refusal);
    }
    if (opening.isDone() && !opening.isCompletedExceptionally()) {
      ctx.setAttr(SESSION, opening.join());
      return delegate.serve(ctx, request);
    }
    return HttpResponse.of(
        opening.handleAsync(
            (session, cause) -> {
              if (cause != null) {
                return refusal(headers, failure(cause));
              }
              ctx.setAttr(SESSION, session);
              try {
                return delegate.serve(ctx, request);
              } catch (Exception e) {
                return HttpResponse.ofFailure(e);
              }
            },
            ctx.eventLoop()));
  }

  private static boolean isPublic(String path) {
    return PUBLIC.contains(path) || path.startsWith("/docs/") || path.startsWith("/console/");
  }

  static Credentials credentials(RequestHeaders headers, QueryParams query) {
    String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
    if (authorization == null) {
      String token = query.get(TOKEN_PARAMETER);
      return token == null ? new Credentials.None() : new Credentials.Token(token);
    }
    if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      throw Failure.of(
          Code.UNAUTHENTICATED, "the header Authorization must be 'Bearer ' and a key or a token");
    }
    return new Credentials.Token(authorization.substring(BEARER.length()).strip());
  }

  /** What a future failed with. */
  static Failure failure(Throwable cause) {
    return Failure.of(cause, "the caller could not be identified");
  }

  /** A refusal in the form of the request's protocol. */
  private static HttpResponse refusal(RequestHeaders headers, Failure failure) {
    MediaType type = headers.contentType();
    if (type != null && type.subtype().startsWith("grpc")) {
      return grpc(type, failure);
    }
    HttpResponse response = ErrorResponses.of(failure);
    return failure.code() == Code.UNAUTHENTICATED
        ? response.mapHeaders(
            h -> h.toBuilder().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer").build())
        : response;
  }

  /** An answer of headers only, which is how gRPC and gRPC-Web have a refusal without a message. */
  private static HttpResponse grpc(MediaType type, Failure failure) {
    StatusRuntimeException status = GrpcMethods.status(failure);
    Metadata trailers = GrpcMethods.trailers(status);
    byte[] details =
        trailers.get(Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER));
    var headers =
        ResponseHeaders.builder(HttpStatus.OK)
            .contentType(type)
            .set("grpc-status", String.valueOf(failure.code().getNumber()))
            .set("grpc-message", percent(String.valueOf(status.getStatus().getDescription())));
    if (details != null) {
      headers.set(
          "grpc-status-details-bin", Base64.getEncoder().withoutPadding().encodeToString(details));
    }
    return HttpResponse.of(headers.endOfStream(true).build(), HttpData.empty());
  }

  // As the gRPC protocol has it: what is not printable ASCII, and '%', is percent-encoded.
  private static String percent(String message) {
    StringBuilder out = new StringBuilder();
    for (byte b : message.getBytes(StandardCharsets.UTF_8)) {
      if (b >= ' ' && b <= '~' && b != '%') {
        out.append((char) b);
      } else {
        out.append('%').append("%02X".formatted(b & 0xFF));
      }
    }
    return out.toString();
  }
}
