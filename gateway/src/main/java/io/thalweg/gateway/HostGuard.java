package io.thalweg.gateway;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.thalweg.runtime.Failure;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages of other sites out of a node that anybody on this machine may use.
 *
 * <p>A page may resolve its own name to 127.0.0.1 (DNS rebinding): requests under a name that is
 * not this server's are refused. A page may also send simple requests to any address: requests that
 * carry an {@code Origin} other than this server are refused, but for those that were allowed.
 */
final class HostGuard implements DecoratingHttpServiceFunction {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private final boolean checksHost;
  private final Set<String> allowed = new HashSet<>(LOOPBACK);
  private final Set<String> origins;

  HostGuard(GatewayOptions options) {
    options.allowedHosts().forEach(host -> allowed.add(host.toLowerCase(Locale.ROOT)));
    this.origins = options.security().corsOrigins();
    this.checksHost = isLoopback(options.bind()) || !options.allowedHosts().isEmpty();
  }

  @Override
  public HttpResponse serve(HttpService delegate, ServiceRequestContext ctx, HttpRequest request)
      throws Exception {
    SlowStarts.began(ctx);
    String authority = request.authority();
    if (checksHost && !allowed.contains(host(authority)) && !isGrpc(request)) {
      return ErrorResponses.of(
          HttpStatus.FORBIDDEN,
          "the header Host must name this server ("
              + String.join(", ", allowed.stream().sorted().toList())
              + "); got '"
              + Failure.quote(String.valueOf(authority))
              + "'");
    }
    String origin = request.headers().get("origin");
    if (origin != null && !isOwn(origin, authority) && !origins.contains(origin)) {
      return ErrorResponses.of(
          HttpStatus.FORBIDDEN,
          "the header Origin must be this server; got '" + Failure.quote(origin) + "'");
    }
    return delegate.serve(ctx, request);
  }

  /**
   * Clients of gRPC put into Host what they resolve, and some of them a whole address. No page can
   * make such a request: a browser lets nobody set the header TE, which every call of gRPC has.
   */
  private static boolean isGrpc(HttpRequest request) {
    String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    return (type.equals("application/grpc") || type.startsWith("application/grpc+"))
        && request.headers().get(HttpHeaderNames.TE, "").equals("trailers");
  }

  private static boolean isOwn(String origin, @Nullable String authority) {
    int scheme = origin.indexOf("://");
    return scheme > 0 && origin.substring(scheme + 3).equalsIgnoreCase(authority);
  }

  /** The authority without its port, in lower case. */
  private static String host(@Nullable String authority) {
    if (authority == null) {
      return "";
    }
    int colon = authority.lastIndexOf(':');
    String host = colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
    return host.toLowerCase(Locale.ROOT);
  }

  private static boolean isLoopback(String bind) {
    try {
      return InetAddress.getByName(bind).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
