package io.thalweg.messaging.xmpp;

import io.netty.channel.Channel;
import io.thalweg.edge.Edge;
import io.thalweg.edge.SocketProtocol;
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
        .addLast("xmpp", new XmppConnection(channel, edge, tls, sessions, metrics(edge)));
  }

  private synchronized XmppMetrics metrics(Edge edge) {
    XmppMetrics known = metrics;
    if (known == null) {
      known = new XmppMetrics(edge.meters());
      metrics = known;
    }
    return known;
  }
}
