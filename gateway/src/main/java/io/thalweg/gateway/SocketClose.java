package io.thalweg.gateway;

import com.linecorp.armeria.server.ServiceOptions;
import io.thalweg.runtime.Failure;
import java.nio.charset.StandardCharsets;

/** How a WebSocket ends. */
final class SocketClose {
  /** A close frame has room for so many bytes of words (RFC 6455, section 5.5). */
  private static final int MAX_BYTES = 123;

  /** How long a connection stays after its close frame was sent, for the other one's to come. */
  private static final long LINGER_MS = 200;

  /** Those of a WebSocket: no timeout, no bound on all that comes, and a quick end. */
  static final ServiceOptions OPTIONS =
      ServiceOptions.builder()
          .requestTimeoutMillis(0)
          .maxRequestLength(0)
          .requestAutoAbortDelayMillis(LINGER_MS)
          .closeHttp2StreamDelayMillis(LINGER_MS)
          .build();

  private SocketClose() {}

  /** The words of a failure, as many as there is room for. */
  static String reason(Failure failure) {
    String text = failure.status().getMessage();
    while (text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      int keep = Math.min(text.length() - 1, MAX_BYTES);
      // Half a surrogate pair would not be UTF-8.
      text = text.substring(0, Character.isHighSurrogate(text.charAt(keep - 1)) ? keep - 1 : keep);
    }
    return text;
  }
}
