package io.thalweg.messaging.xmpp;

import io.netty.util.concurrent.EventExecutor;
import io.thalweg.edge.Edge;
import io.thalweg.edge.WebSocketHandler;
import io.thalweg.edge.WebSocketPeer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A stream over a WebSocket: RFC 7395. A message is a stanza, or the beginning or end of a stream.
 * The gateway has TLS, pings and what a client may leave untaken.
 *
 * <p>The gateway's thread hands messages on to the loop, one at a time.
 */
final class SocketTransport implements Transport, StanzaReader.Sink {
  private static final int NORMAL = 1000;
  private static final byte[] AROUND =
      "<messages xmlns='jabber:client'>".getBytes(StandardCharsets.UTF_8);

  private final WebSocketPeer peer;
  private final EventExecutor loop;
  private final XmppConnection connection;
  private StanzaReader reader = around(MAX_EARLY_BYTES);
  private boolean reading;
  private boolean gone;
  private final Handler handler = new Handler();
  // Read by the gateway's thread.
  private volatile boolean wanted = true;
  private volatile boolean taking;

  /** What the gateway calls. */
  private final class Handler implements WebSocketHandler {
    @Override
    public void message(byte[] bytes, boolean text) {
      taking = true;
      loop.execute(() -> taken(bytes, text));
    }

    @Override
    public boolean readsOn() {
      return wanted && !taking;
    }

    @Override
    public void work() {
      // All is done on the loop.
    }

    @Override
    public void beat() {
      // The gateway finds those who are gone.
    }

    @Override
    public void closed() {
      loop.execute(() -> {
        gone = true;
        connection.lost();
      });
    }
  }

  SocketTransport(WebSocketPeer peer, Edge edge, Sessions sessions, XmppMetrics metrics) {
    this.peer = peer;
    this.loop = edge.loop();
    this.connection = new XmppConnection(this, edge, sessions, metrics);
    loop.execute(connection::begin);
  }

  WebSocketHandler handler() {
    return handler;
  }

  /** Reads messages as if they stood in a document. */
  private static StanzaReader around(int maxStanzaBytes) {
    StanzaReader reader = new StanzaReader(maxStanzaBytes);
    try {
      reader.take(AROUND);
    } catch (StreamError e) {
      throw new IllegalStateException(e);
    }
    return reader;
  }

  @Override
  public EventExecutor loop() {
    return loop;
  }

  @Override
  public boolean isOpen() {
    return !gone;
  }

  // ---------------------------------------------------------------- reading

  private void taken(byte[] bytes, boolean text) {
    try {
      if (!connection.isOver()) {
        take(bytes, text);
      }
    } catch (StreamError e) {
      connection.end(e);
    } finally {
      taking = false;
      peer.signal();
    }
  }

  private void take(byte[] bytes, boolean text) throws StreamError {
    if (!text) {
      throw new StreamError("bad-format", "a message must be text");
    }
    reader.take(bytes);
    reads();
    if (!connection.isOver() && connection.readsOn() && reader.isWithin()) {
      throw new StreamError("not-well-formed", "a message must be a whole element");
    }
  }

  @Override
  public void reads() {
    // What is read may ask for this again: it is being done.
    if (!reading) {
      reading = true;
      try {
        reader.read(this);
      } catch (StreamError e) {
        connection.end(e);
      } finally {
        reading = false;
      }
    }
    wanted = connection.isOver() || connection.readsOn();
    peer.signal();
  }

  @Override
  public boolean readsOn() {
    return connection.readsOn();
  }

  @Override
  public void opened(Element around) {
    // Nothing of the client's.
  }

  @Override
  public void stanza(Element element) throws StreamError {
    if (!element.namespace().equals(Names.FRAMING)) {
      connection.stanza(element);
    } else if (element.name().equals("open")) {
      connection.opened(element.get("to", ""), element.get("version", ""));
    } else {
      connection.closed();
    }
  }

  /** The end of the document that there is not. */
  @Override
  public void closed() {
    connection.end(new StreamError("not-well-formed", "an element ends that had not begun"));
  }

  @Override
  public void restart(int maxStanzaBytes) {
    reader = around(maxStanzaBytes);
  }

  // ---------------------------------------------------------------- writing

  @Override
  public void open(String domain, String id) {
    peer.sendText(
        new Element("open", Names.FRAMING)
            .with("from", domain)
            .with("id", id)
            .with("version", "1.0")
            .with("xml:lang", "en")
            .xml(),
        null);
  }

  @Override
  public void write(String xml, @Nullable Runnable arrived) {
    peer.sendText(Element.standing(xml), arrived == null ? null : () -> loop.execute(arrived));
  }

  @Override
  public void close() {
    peer.sendText(new Element("close", Names.FRAMING).xml(), null);
    peer.close(NORMAL, "");
  }
}
