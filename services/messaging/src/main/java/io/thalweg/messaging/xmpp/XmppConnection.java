package io.thalweg.messaging.xmpp;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import io.thalweg.edge.Edge;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection: its streams, one after the other, and when its client has signed in and has a
 * resource, its {@link ClientSession}. How they are carried is the matter of its {@link Transport}.
 * All of it belongs to the loop of that, but for {@link #write}, {@link #hold} and {@link #fail}.
 */
final class XmppConnection {
  private static final long SIGN_IN_MS = 30_000;
  private static final long LOOK_MS = 5_000;

  private final Transport transport;
  private final XmppMetrics metrics;
  private final Negotiation negotiation;
  private final long openedNs = System.nanoTime();
  private @Nullable ClientSession session;
  private @Nullable ScheduledFuture<?> looks;
  private boolean headed;
  private boolean waits;
  private boolean ended;
  private boolean held;

  XmppConnection(Transport transport, Edge edge, Sessions sessions, XmppMetrics metrics) {
    this.transport = transport;
    this.metrics = metrics;
    this.negotiation = new Negotiation(this, edge, sessions, metrics);
  }

  /** Where the connection lives; tasks may be left to it also when it is gone. */
  EventExecutor loop() {
    return transport.loop();
  }

  /** Whether the client must begin TLS before anything else. */
  boolean mustSecure() {
    return transport.mustSecure();
  }

  boolean isManaged() {
    return transport.isManaged();
  }

  // ---------------------------------------------------------------- from the transport

  /** The client is there. */
  void begin() {
    looks = loop().scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
  }

  /** Closes a connection whose client takes too long to sign in, or to end a stanza. */
  private void look() {
    long nowNs = System.nanoTime();
    boolean late = session == null && nowNs - openedNs > TimeUnit.MILLISECONDS.toNanos(SIGN_IN_MS);
    if (!ended && (late || transport.isSlow(nowNs))) {
      metrics.slow.increment();
      end(
          new StreamError(
              "connection-timeout", late ? "sign in sooner" : "a stanza took too long"));
    }
  }

  /** Whether what the client says is taken now. */
  boolean readsOn() {
    return !ended && !waits && !held;
  }

  /** Whether the stream is over: nothing more is taken, and nothing said. */
  boolean isOver() {
    return ended;
  }

  /** The client has begun a stream. */
  void opened(String to, String version) throws StreamError {
    if (!Jid.isDomain(to)) {
      throw new StreamError("host-unknown", "a stream must say 'to' which server it is");
    }
    open(to);
    if (!version.startsWith("1.")) {
      throw new StreamError("unsupported-version", "the version here is 1.0");
    }
    negotiation.opened(to);
  }

  private void open(String domain) {
    headed = true;
    transport.open(domain, Negotiation.drawn());
  }

  /** A child of the stream has come. */
  void stanza(Element stanza) throws StreamError {
    ClientSession bound = session;
    if (bound != null) {
      metrics.stanzas.increment();
      bound.received(stanza);
    } else {
      negotiation.received(stanza);
    }
  }

  /** The client has ended the stream. */
  void closed() {
    ClientSession bound = session;
    if (bound != null) {
      bound.closedByClient();
    }
    close();
  }

  /** The client sends no more, but may still read. */
  void finished() {
    close();
  }

  /** Whether the client has a resource. */
  boolean isBound() {
    return session != null;
  }

  /** The client has been silent for long. */
  void silent() {
    ClientSession bound = session;
    if (bound != null) {
      bound.ask();
    }
  }

  /** The connection is gone, whoever has ended it. */
  void lost() {
    ended = true;
    ScheduledFuture<?> open = looks;
    if (open != null) {
      open.cancel(false);
    }
    ClientSession bound = session;
    if (bound != null) {
      bound.lost(this);
    }
  }

  /** Ends the stream with an error, unless it is over. */
  void end(StreamError error) {
    if (ended) {
      return;
    }
    metrics.ended(error.condition());
    if (!headed) {
      open(negotiation.domain());
    }
    transport.write(error.element().xml(), null);
    close();
  }

  private void close() {
    if (!ended) {
      ended = true;
      transport.reads();
      transport.close();
    }
  }

  // ---------------------------------------------------------------- from what is within

  /** Nothing more is read until {@link #goOn}: what was read is being looked at. */
  void pause() {
    waits = true;
    transport.reads();
  }

  /** Reads on, unless the connection is gone. */
  void goOn() {
    waits = false;
    if (!ended) {
      transport.reads();
    }
  }

  /** The client begins a new stream on this connection. */
  void restart(boolean signedIn) {
    headed = false;
    transport.restart(signedIn ? Transport.MAX_STANZA_BYTES : Transport.MAX_EARLY_BYTES);
  }

  /** Goes over to TLS. */
  void secure() {
    headed = false;
    transport.secure();
  }

  void bound(ClientSession to) {
    session = to;
  }

  boolean isGone() {
    return ended || !transport.isOpen();
  }

  /** Whether the session has too much to do to be read on. From any thread. */
  void hold(boolean wanted) {
    loop()
        .execute(() -> {
          if (held != wanted) {
            held = wanted;
            transport.reads();
          }
        });
  }

  /** Writes while the stream is negotiated. */
  void writeNow(String xml) {
    transport.write(xml, null);
  }

  /**
   * Writes, in the order in which it is called, whatever the thread.
   *
   * @param arrived runs on the loop when the client has it, as far as its transport can tell
   */
  void write(String xml, @Nullable Runnable arrived) {
    loop().execute(() -> transport.write(xml, arrived));
  }

  /** Ends the stream with an error. From any thread; the session hears of it as of a lost one. */
  void fail(StreamError error) {
    loop().execute(() -> end(error));
  }
}
