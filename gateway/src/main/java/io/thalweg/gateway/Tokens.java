package io.thalweg.gateway;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.RequestHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Where a request carries the token of its client: {@code Authorization: Bearer ...}, or the
 * query's {@code access_token} for those who cannot set a header (a browser's WebSocket or
 * EventSource).
 */
final class Tokens {
  static final String PARAMETER = "access_token";

  private static final String SCHEME = "bearer ";

  private Tokens() {}

  static @Nullable String of(RequestHeaders headers, QueryParams query) {
    String token = ofHeader(headers.get(HttpHeaderNames.AUTHORIZATION));
    return token == null ? query.get(PARAMETER) : token;
  }

  static @Nullable String ofHeader(@Nullable String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return null;
    }
    return authorization.substring(SCHEME.length()).trim();
  }
}
