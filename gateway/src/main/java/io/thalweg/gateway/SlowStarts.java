package io.thalweg.gateway;

import com.linecorp.armeria.common.logging.RequestLogProperty;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Closes new connections that make no request in time: nothing is sent, or a handshake of TLS that
 * never ends, or headers or a body a byte at a time. Later requests of a connection have the idle
 * timeout, for which bytes that make no whole header do not count; one over HTTP/2 has it from when
 * HTTP/2 was agreed on. Thread-safe.
 */
final class SlowStarts {
  private static final AttributeKey<Boolean> BEGUN =
      AttributeKey.valueOf(SlowStarts.class, "BEGUN");

  private final long timeoutMs;
  private final Refusals refusals;

  SlowStarts(long timeoutMs, Refusals refusals) {
    this.timeoutMs = timeoutMs;
    this.refusals = refusals;
  }

  /** Begins to wait for the first request of a new connection. */
  void accept(Channel channel) {
    ScheduledFuture<?> check =
        channel.eventLoop().schedule(() -> check(channel), timeoutMs, TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(closed -> check.cancel(false));
  }

  private void check(Channel channel) {
    if (!channel.hasAttr(BEGUN) && !speaksHttp2(channel)) {
      refusals.count(Refusals.Reason.NO_REQUEST);
      var _ = channel.close();
    }
  }

  private static boolean speaksHttp2(Channel channel) {
    for (Map.Entry<String, ChannelHandler> handler : channel.pipeline()) {
      if (handler.getValue() instanceof Http2ConnectionHandler) {
        return true;
      }
    }
    return false;
  }

  /** The headers of a request have come. */
  static void began(ServiceRequestContext ctx) {
    var log = ctx.log().getIfAvailable(RequestLogProperty.SESSION);
    Channel channel = log == null ? null : log.channel();
    if (channel != null) {
      channel.attr(BEGUN).set(true);
    }
  }
}
