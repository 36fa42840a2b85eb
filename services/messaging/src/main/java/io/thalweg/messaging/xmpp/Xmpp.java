package io.thalweg.messaging.xmpp;

import io.netty.channel.Channel;
import io.thalweg.edge.Edge;
import io.thalweg.edge.HttpProtocol;
import io.thalweg.edge.SocketProtocol;
import io.thalweg.edge.WebSocketProtocol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * XMPP: RFC 6120 and RFC 6121 over messaging, so that its clients talk as they are.
 *
 * <p>A client proves itself with SASL PLAIN: the name of a user, and an API key that may act for
 * it. Where the node has TLS nothing goes before it, by STARTTLS or from the first byte on. Chat
 * messages are those of the conversation of two; a client reads on in its inbox from the cursor of
 * its device, which moves when the client is known to have what it was sent.
 *
 * <p>Thread-safe.
 */
public final class Xmpp implements SocketProtocol {
  private final Sessions sessions = new Sessions();
  private @Nullable XmppMetrics metrics;

  @Override
  public String name() {
    return "xmpp";
  }

  @Override
  public boolean startsTls() {
    return true;
  }

  @Override
  public void attach(Channel channel, Edge edge) {
    attach(channel, edge, null);
  }

  @Override
  public void attach(Channel channel, Edge edge, @Nullable TlsStart tls) {
    channel
        .pipeline()
        .addLast("xmpp", new TcpTransport(channel, edge, tls, sessions, metrics(edge)));
  }

  /** The same over WebSockets on the gateway's port, for its clients and those of this one. */
  public List<WebSocketProtocol> webSockets() {
    return List.of(
        new XmppSockets("xmpp", XmppSockets.PATH, this),
        new XmppSockets("xmpp-websocket", XmppSockets.USUAL_PATH, this));
  }

  /** The same over HTTP, and what tells clients where all that is. */
  public List<HttpProtocol> http() {
    return List.of(new Bosh(this), new HostMeta(false), new HostMeta(true));
  }

  Sessions sessions() {
    return sessions;
  }

  synchronized XmppMetrics metrics(Edge edge) {
    XmppMetrics known = metrics;
    if (known == null) {
      known = new XmppMetrics(edge.meters());
      metrics = known;
    }
    return known;
  }
}
