package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Edge;
import io.thalweg.edge.HttpProtocol;

/** XMPP over requests of HTTP: XEP-0124, XEP-0206. */
final class Bosh implements HttpProtocol {
  static final String PATH = "/http-bind";

  private final Xmpp xmpp;

  Bosh(Xmpp xmpp) {
    this.xmpp = xmpp;
  }

  @Override
  public String name() {
    return "bosh";
  }

  @Override
  public String path() {
    return PATH;
  }

  @Override
  public boolean takesBodies() {
    return true;
  }

  @Override
  public int maxBodyBytes() {
    return Transport.MAX_STANZA_BYTES;
  }

  @Override
  public Acceptor start(Edge edge) {
    return new BoshSessions(edge, xmpp.sessions(), xmpp.metrics(edge));
  }
}
