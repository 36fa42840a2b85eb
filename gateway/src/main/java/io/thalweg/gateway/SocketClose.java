package io.thalweg.gateway;

import com.linecorp.armeria.server.ServiceOptions;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.Channel;
import io.thalweg.runtime.Failure;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

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

  /**
   * Ends the connection soon after its WebSocket. It is the server that closes first (RFC 6455,
   * section 7.1.1), and a browser tells its page of the end no sooner; the HTTP server alone would
   * wait for 3 seconds. Not at once: what a client still sends would be answered by a reset, before
   * which it may not have read the close frame. Of HTTP/2 only the stream ends.
   */
  static void endConnectionOf(ServiceRequestContext ctx) {
    var _ =
        ctx.log()
            .whenComplete()
            .thenAccept(log -> {
              Channel channel = log.channel();
              if (channel != null && !log.sessionProtocol().isMultiplex()) {
                Runnable close =
                    () -> {
                      var _ = channel.close();
                    };
                var _ = channel.eventLoop().schedule(close, LINGER_MS, TimeUnit.MILLISECONDS);
              }
            });
  }

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
