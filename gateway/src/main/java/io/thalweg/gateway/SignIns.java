package io.thalweg.gateway;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.rpc.Code;
import com.linecorp.armeria.common.Cookie;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.thalweg.edge.Credentials;
import io.thalweg.runtime.Failure;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Pages of this server may keep their user's credentials in a cookie that no script can read.
 *
 * <ul>
 *   <li>{@code POST /v1/session} with {@code Authorization: Bearer ...} signs in. The cookie holds
 *       a random number; what it stands for is in the memory of this node for {@link #KEPT}, and is
 *       looked at again with every request, so a key that is revoked is of no use here either.
 *   <li>{@code GET /v1/session} tells whether somebody is signed in.
 *   <li>{@code DELETE /v1/session} signs out.
 * </ul>
 *
 * <p>Other sites cannot make use of it: the cookie is {@code SameSite=Strict}, {@link HostGuard}
 * refuses every other origin, and a request that may change something counts only with the header
 * {@value #HEADER}, which no form of another page can send. Thread-safe.
 */
final class SignIns {
  static final String PATH = "/v1/session";
  static final String HEADER = "thalweg-page";
  static final Duration KEPT = Duration.ofHours(12);

  private static final int MAX_KEPT = 10_000;
  private static final int ID_BYTES = 32;

  private final SecureRandom random = new SecureRandom();
  private final Cache<String, Credentials.Token> kept =
      Caffeine.newBuilder().maximumSize(MAX_KEPT).expireAfterWrite(KEPT).build();

  /**
   * The credentials that a request's cookie stands for; none if it has no cookie that is known.
   *
   * @throws Failure PERMISSION_DENIED if it may change something and lacks the header
   */
  Credentials of(ServiceRequestContext ctx, RequestHeaders headers) {
    String id = id(ctx, headers);
    Credentials.Token token = id == null ? null : kept.getIfPresent(id);
    if (token == null) {
      return new Credentials.None();
    }
    // A WebSocket begins with one of these, and HostGuard has looked at its origin.
    if (!Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.CONNECT).contains(headers.method())
        && !headers.contains(HEADER)) {
      throw Failure.of(
          Code.PERMISSION_DENIED,
          "a request with the cookie of a session needs the header '%s' too".formatted(HEADER));
    }
    return token;
  }

  /** For whoever is known by what the header Authorization says. */
  Endpoint begin() {
    return (ctx, request, values) -> {
      Credentials credentials = Visitors.credentials(request.headers(), ctx.queryParams());
      if (!(credentials instanceof Credentials.Token token)) {
        return ErrorResponses.of(Sessions.needed());
      }
      byte[] bytes = new byte[ID_BYTES];
      random.nextBytes(bytes);
      String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      kept.put(id, token);
      return answer(true, cookie(ctx, id, KEPT.toSeconds()));
    };
  }

  Endpoint end() {
    return (ctx, request, values) -> {
      String id = id(ctx, request.headers());
      if (id != null) {
        kept.invalidate(id);
      }
      return answer(false, cookie(ctx, "", 0));
    };
  }

  Endpoint tell() {
    return (ctx, request, values) -> {
      String id = id(ctx, request.headers());
      return answer(id != null && kept.getIfPresent(id) != null, null);
    };
  }

  private static HttpResponse answer(boolean signedIn, @Nullable Cookie cookie) {
    var headers =
        ErrorResponses.headers(HttpStatus.OK).set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    if (cookie != null) {
      headers.add(HttpHeaderNames.SET_COOKIE, cookie.toSetCookieHeader());
    }
    return HttpResponse.of(
        headers.build(), HttpData.ofUtf8("{\"signedIn\":%s}".formatted(signedIn)));
  }

  private static Cookie cookie(ServiceRequestContext ctx, String id, long maxAgeS) {
    return Cookie.secureBuilder(name(ctx), id)
        .secure(ctx.sessionProtocol().isTls())
        .httpOnly(true)
        .sameSite("Strict")
        .path("/")
        .maxAge(maxAgeS)
        .build();
  }

  private static @Nullable String id(ServiceRequestContext ctx, RequestHeaders headers) {
    String name = name(ctx);
    for (Cookie cookie : headers.cookies()) {
      if (cookie.name().equals(name)) {
        return cookie.value();
      }
    }
    return null;
  }

  /** Nodes on one machine share a browser's cookies: a browser tells no ports apart. */
  private static String name(ServiceRequestContext ctx) {
    InetSocketAddress local = ctx.localAddress();
    return "thalweg-session-" + (local == null ? 0 : local.getPort());
  }
}
