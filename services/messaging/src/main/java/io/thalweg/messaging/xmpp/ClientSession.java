package io.thalweg.messaging.xmpp;

import io.netty.util.concurrent.ScheduledFuture;
import io.thalweg.edge.Asking;
import io.thalweg.runtime.Caller;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client that has a resource. With stream management it outlives its connection for {@value
 * #RESUME_S} s (XEP-0198).
 *
 * <p>What the client sends is begun in its order; many may be on their way. A stanza counts as
 * handled, and is acknowledged, when those before it are and its own answer has come, which the
 * node gives when it is durable. What the client is sent is kept until it has arrived; only then
 * the cursor of the device moves.
 *
 * <p>Thread-safe: its lock guards what changes, and nobody waits while holding it.
 */
final class ClientSession {
  private static final int RESUME_S = 300;
  private static final int HOLD_AT = 64;
  private static final int GO_ON_AT = 16;

  /** A stanza that is being handled, or something to be done once those before it are. */
  private record Pending(CompletableFuture<?> done, @Nullable Runnable then) {}

  private final Asking asking;
  private final Jid jid;
  private final Sessions sessions;
  private final XmppMetrics metrics;
  private final Outbox outbox = new Outbox();
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private final InboxFeed feed;
  private final Stanzas stanzas;
  private @Nullable XmppConnection connection;
  private @Nullable String resumption;
  private @Nullable ScheduledFuture<?> expiry;
  private boolean managed;
  private boolean asked;
  private long askedAt;
  private long handled;
  private boolean held;
  private boolean resuming;
  // Read without the lock, too.
  private volatile boolean ended;

  ClientSession(
      Asking asking, Jid jid, String device, long cursor, Sessions sessions, XmppMetrics metrics) {
    this.asking = asking;
    this.jid = jid;
    this.sessions = sessions;
    this.metrics = metrics;
    this.feed = new InboxFeed(this, asking, device, cursor);
    this.stanzas = new Stanzas(this, asking, device, sessions, feed, metrics);
  }

  Jid jid() {
    return jid;
  }

  int project() {
    return asking.session().caller().project();
  }

  Stanzas stanzas() {
    return stanzas;
  }

  synchronized @Nullable String resumption() {
    return resumption;
  }

  boolean isOf(Caller caller, String user, String domain) {
    return caller.equals(asking.session().caller())
        && jid.user().equals(user)
        && jid.domain().equals(domain);
  }

  synchronized void begin(XmppConnection on) {
    connection = on;
  }

  // ---------------------------------------------------------------- from the client

  /** Something that the client sent, on the event loop. */
  void received(Element what) throws StreamError {
    if (what.namespace().equals(Names.MANAGEMENT)) {
      manage(what);
      return;
    }
    if (!what.namespace().equals(Names.CLIENT)) {
      if (what.is("inactive", "urn:xmpp:csi:0") || what.is("active", "urn:xmpp:csi:0")) {
        return;
      }
      throw new StreamError("unsupported-stanza-type", "only stanzas are taken");
    }
    switch (what.name()) {
      case "message", "presence", "iq" -> {}
      default -> throw new StreamError("unsupported-stanza-type", "only stanzas are taken");
    }
    CompletableFuture<?> done = stanzas.take(what);
    synchronized (this) {
      pending.add(new Pending(done, null));
      XmppConnection on = connection;
      if (!held && pending.size() >= HOLD_AT && on != null) {
        held = true;
        on.hold(true);
      }
    }
    var _ = done.whenComplete((answer, problem) -> settle());
  }

  /** Counts what is handled, in order, and does what waited for it. */
  private synchronized void settle() {
    Pending next = pending.peek();
    while (next != null && next.done().isDone()) {
      pending.poll();
      Runnable then = next.then();
      if (then == null) {
        handled = (handled + 1) & 0xFFFF_FFFFL;
      } else {
        then.run();
      }
      next = pending.peek();
    }
    XmppConnection on = connection;
    if (held && pending.size() <= GO_ON_AT && on != null) {
      held = false;
      on.hold(false);
    }
  }

  private synchronized void afterThose(Runnable then) {
    pending.add(new Pending(CompletableFuture.completedFuture(null), then));
    settle();
  }

  // ---------------------------------------------------------------- stream management

  private synchronized void manage(Element what) throws StreamError {
    switch (what.name()) {
      case "enable" -> enable(what);
      case "r" ->
          afterThose(
              () -> write(new Element("a", Names.MANAGEMENT).with("h", Long.toString(handled))));
      case "a" -> {
        asked = false;
        arrived(Negotiation.count(what));
        askAgain();
      }
      default -> throw new StreamError("unsupported-stanza-type", "what came is not known");
    }
  }

  private void enable(Element enable) {
    if (managed) {
      write(
          new Element("failed", Names.MANAGEMENT)
              .add(new Element("unexpected-request", Names.STANZA_ERRORS)));
      return;
    }
    String wanted = enable.get("resume", "");
    String id = Negotiation.drawn();
    boolean resumes = (wanted.equals("true") || wanted.equals("1")) && sessions.offer(id, this);
    resumption = resumes ? id : null;
    Element enabled = new Element("enabled", Names.MANAGEMENT);
    if (resumes) {
      enabled.with("id", id).with("resume", "true").with("max", Integer.toString(RESUME_S));
    }
    afterThose(() -> {
      managed = true;
      handled = 0;
      feed.complete(outbox.countFromHere());
      write(enabled);
    });
  }

  private void arrived(long count) throws StreamError {
    long order = managed ? outbox.arrived(count) : 0;
    if (order < 0) {
      throw new StreamError("undefined-condition", "more was acknowledged than was sent");
    }
    feed.complete(order);
    notifyAll();
  }

  private void askAgain() {
    if (managed && !asked && outbox.sent() != askedAt) {
      asked = true;
      askedAt = outbox.sent();
      write(new Element("r", Names.MANAGEMENT));
    }
  }

  /** The connection has been silent: asks for a sign of life. */
  synchronized void ask() {
    if (managed) {
      write(new Element("r", Names.MANAGEMENT));
    } else {
      send(
          Element.stanza("iq")
              .with("type", "get")
              .with("id", Negotiation.drawn())
              .with("from", jid.domain())
              .with("to", jid.toString())
              .add(new Element("ping", Names.PING)));
    }
  }

  /**
   * Goes on with another connection, once what came by the one before is handled.
   *
   * @param heard how many stanzas the client has
   * @return false if it is too late
   */
  synchronized boolean resume(XmppConnection by, long heard) throws StreamError {
    if (ended || !managed) {
      return false;
    }
    XmppConnection before = connection;
    connection = null;
    if (before != null) {
      before.fail(new StreamError("conflict", "the stream was resumed"));
    }
    ScheduledFuture<?> waiting = expiry;
    if (waiting != null) {
      waiting.cancel(false);
      expiry = null;
    }
    long order = outbox.arrived(heard);
    if (order < 0) {
      throw new StreamError("undefined-condition", "more was acknowledged than was sent");
    }
    feed.complete(order);
    by.bound(this);
    connection = by;
    held = false;
    // Until then what is sent is kept and not written: the client must hear "resumed" first.
    resuming = true;
    afterThose(() -> resumed(by));
    return true;
  }

  private void resumed(XmppConnection by) {
    if (connection != by) {
      return;
    }
    resuming = false;
    metrics.resumed.increment();
    write(
        new Element("resumed", Names.MANAGEMENT)
            .with("previd", String.valueOf(resumption))
            .with("h", Long.toString(handled)));
    for (String xml : outbox.unarrived()) {
      by.write(xml, null);
    }
    asked = false;
    askedAt = -1;
    if (outbox.isBusy() || !outbox.unarrived().isEmpty()) {
      askAgain();
    }
    by.loop().execute(by::goOn);
    notifyAll();
  }

  // ---------------------------------------------------------------- to the client

  /** Sends a stanza. Lost if the client does not come back; what must not be is in the inbox. */
  synchronized void send(Element stanza) {
    if (ended) {
      return;
    }
    String xml = stanza.xml();
    outbox.add(xml);
    XmppConnection on = connection;
    if (on != null && !resuming) {
      on.write(xml, managed ? null : this::written);
      askAgain();
    }
    if (outbox.isOver()) {
      metrics.slow.increment();
      if (on != null) {
        on.fail(new StreamError("resource-constraint", "too much waits to be taken"));
      }
      end();
    }
  }

  private void write(Element nonza) {
    XmppConnection on = connection;
    if (on != null && !resuming) {
      on.write(nonza.xml(), null);
    }
  }

  private synchronized void written() {
    if (!managed) {
      feed.complete(outbox.arrived());
      notifyAll();
    }
  }

  /** With what was sent so far an item of the inbox is complete. */
  synchronized void complete(long order) {
    if (!ended && !outbox.complete(order)) {
      feed.complete(order);
    }
  }

  /** Waits until more may be sent; false when the session is over. Not on an event loop. */
  synchronized boolean awaitRoom() throws InterruptedException {
    while (!ended && (connection == null || resuming || outbox.isBusy())) {
      wait();
    }
    return !ended;
  }

  synchronized boolean isConnected() {
    return !ended && connection != null;
  }

  boolean isOver() {
    return ended;
  }

  /** Runs later, on an event loop, unless there is none to be had. */
  synchronized void later(long delayMs, Runnable what) {
    XmppConnection on = connection;
    if (on != null) {
      var _ = on.loop().schedule(what, delayMs, TimeUnit.MILLISECONDS);
    }
  }

  // ---------------------------------------------------------------- the end

  /** Another client has taken the resource. */
  void replaced() {
    XmppConnection on;
    synchronized (this) {
      on = connection;
    }
    end();
    if (on != null) {
      on.fail(new StreamError("conflict", "another client has this resource"));
    }
  }

  void closedByClient() {
    end();
  }

  /** A connection is gone. A stream that may be resumed waits for its client. */
  void lost(XmppConnection gone) {
    synchronized (this) {
      if (connection != gone) {
        return;
      }
      connection = null;
      asked = false;
      if (!ended && resumption != null) {
        expiry = gone.loop().schedule(this::expire, RESUME_S, TimeUnit.SECONDS);
        return;
      }
    }
    end();
  }

  private void expire() {
    synchronized (this) {
      if (connection != null) {
        return;
      }
    }
    end();
  }

  void end() {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      notifyAll();
    }
    sessions.leave(this);
    feed.last();
    feed.close();
    stanzas.gone();
  }
}
