package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Edge;
import io.thalweg.edge.HttpProtocol;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** Tells where this server is reached over WebSockets and HTTP: XEP-0156. */
final class HostMeta implements HttpProtocol {
  private static final String RELATION = "urn:xmpp:alt-connections:";

  private final boolean json;

  HostMeta(boolean json) {
    this.json = json;
  }

  @Override
  public String name() {
    return "host-meta";
  }

  @Override
  public String path() {
    return json ? "/.well-known/host-meta.json" : "/.well-known/host-meta";
  }

  @Override
  public boolean takesBodies() {
    return false;
  }

  @Override
  public int maxBodyBytes() {
    return 1;
  }

  @Override
  public Acceptor start(Edge edge) {
    return new Acceptor() {
      @Override
      public CompletableFuture<Answer> answer(Request request) {
        return CompletableFuture.completedFuture(
            json
                ? of("application/json", json(request.origin()))
                : of("application/xrd+xml", xml(request.origin())));
      }

      @Override
      public void drain() {
        // Nothing waits.
      }
    };
  }

  private static Answer of(String type, String text) {
    return new Answer(200, type, text.getBytes(StandardCharsets.UTF_8));
  }

  private static String socket(String origin) {
    return "ws" + origin.substring("http".length()) + XmppSockets.PATH;
  }

  private static String xml(String origin) {
    StringBuilder out = new StringBuilder("<?xml version='1.0' encoding='utf-8'?>\n");
    out.append("<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n");
    link(out, "websocket", socket(origin));
    link(out, "xbosh", origin + Bosh.PATH);
    return out.append("</XRD>\n").toString();
  }

  private static void link(StringBuilder out, String how, String where) {
    out.append("  <Link rel='").append(RELATION).append(how).append("' href='");
    Element.escape(out, where);
    out.append("'/>\n");
  }

  private static String json(String origin) {
    return """
    {"links":[{"rel":"%swebsocket","href":"%s"},{"rel":"%sxbosh","href":"%s"}]}
    """
        .formatted(RELATION, quoted(socket(origin)), RELATION, quoted(origin + Bosh.PATH));
  }

  /** What a header Host may hold is not much, and nothing else is answered. */
  private static String quoted(String text) {
    StringBuilder out = new StringBuilder();
    text.chars()
        .filter(c -> c > ' ' && c < 0x7F && c != '"' && c != '\\')
        .forEach(c -> out.append((char) c));
    return out.toString();
  }
}
