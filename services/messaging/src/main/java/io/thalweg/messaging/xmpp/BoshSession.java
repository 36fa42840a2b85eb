package io.thalweg.messaging.xmpp;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import io.thalweg.edge.Edge;
import io.thalweg.edge.HttpProtocol.Answer;
import java.util.ArrayDeque;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A stream over requests that are answered when there is something to say: XEP-0124 and XEP-0206.
 *
 * <p>Requests are taken in the order of their numbers, however they come; one that comes again is
 * answered again. At most one waits for its answer longer than it takes to look at it, unless its
 * client wants none to. What was said counts as arrived when the client cannot have asked for more
 * without it: with the request after the next, or with one that says nothing, since who waits for
 * an answer sends none; or as the client says by {@code ack}. All of it belongs to the loop.
 */
final class BoshSession implements Transport {
  private static final int MAX_WAIT_S = 60;
  private static final int INACTIVITY_S = 60;
  private static final int LOOK_S = 5;

  /** Something that the client said, to be taken when its turn comes. */
  private interface Part {
    void take() throws StreamError;
  }

  private final BoshSessions sessions;
  private final String sid;
  private final EventExecutor loop;
  private final XmppConnection connection;
  private final int waitS;
  private final int hold;
  private final int requests;
  private final BoshAnswers answers;
  private final TreeMap<Long, BoshBody> early = new TreeMap<>();
  private final TreeMap<Long, CompletableFuture<Answer>> held = new TreeMap<>();
  private final ArrayDeque<Part> parts = new ArrayDeque<>();
  private final ScheduledFuture<?> looks;
  private int maxBytes = MAX_EARLY_BYTES;
  private @Nullable Element first;
  private long next;
  private long heardNs = System.nanoTime();
  private boolean reading;
  private boolean opened;
  private boolean over;
  private @Nullable String condition;

  BoshSession(
      BoshSessions sessions,
      String sid,
      BoshBody begin,
      Edge edge,
      Sessions clients,
      XmppMetrics metrics) {
    this.sessions = sessions;
    this.sid = sid;
    this.loop = edge.loop();
    this.waitS = Math.clamp(begin.number("wait", MAX_WAIT_S), 0, MAX_WAIT_S);
    this.hold = waitS == 0 ? 0 : Math.clamp(begin.number("hold", 1), 0, 1);
    this.requests = hold + 1;
    this.next = begin.rid();
    this.answers = new BoshAnswers(requests);
    this.connection = new XmppConnection(this, edge, clients, metrics);
    this.looks = loop.scheduleWithFixedDelay(this::look, LOOK_S, LOOK_S, TimeUnit.SECONDS);
    loop.execute(connection::begin);
  }

  @Override
  public EventExecutor loop() {
    return loop;
  }

  @Override
  public boolean isOpen() {
    return !over;
  }

  @Override
  public boolean isManaged() {
    // Its own numbers say what has arrived.
    return false;
  }

  /** Ends a session whose client does not come any more. */
  private void look() {
    long nowNs = System.nanoTime();
    if (held.values().stream().anyMatch(request -> !request.isDone())) {
      heardNs = nowNs;
    } else if (nowNs - heardNs > TimeUnit.SECONDS.toNanos(INACTIVITY_S)) {
      leave();
    }
  }

  private void leave() {
    over = true;
    looks.cancel(false);
    sessions.forget(sid, this);
    connection.lost();
    held.values().forEach(request -> request.complete(BoshAnswers.terminate(condition)));
    held.clear();
  }

  // ---------------------------------------------------------------- requests

  /** A request has come; from any thread. */
  void take(BoshBody body, CompletableFuture<Answer> request) {
    loop.execute(() -> {
      heardNs = System.nanoTime();
      Answer again = answers.again(body.rid());
      if (again != null) {
        request.complete(again);
      } else if (isExpected(body, request)) {
        reads();
      }
    });
  }

  private boolean isExpected(BoshBody body, CompletableFuture<Answer> request) {
    long rid = body.rid();
    if (over && !held.containsKey(rid)) {
      held.put(rid, request);
      next = Math.max(next, rid + 1);
      return true;
    }
    CompletableFuture<Answer> before = held.get(rid);
    if (before == null && (rid < next || rid >= next + requests)) {
      refuse("item-not-found", request);
      return false;
    }
    if (body.sizeBytes() > maxBytes) {
      refuse("policy-violation", request);
      return false;
    }
    held.put(rid, request);
    if (before != null) {
      // It is the same request: the other one is not waited for any more.
      before.complete(
          BoshAnswers.of(new Element("body", Names.HTTP_BIND).with("type", "error"), ""));
    }
    if (rid >= next) {
      early.put(rid, body);
    }
    return true;
  }

  /** Ends the session, as XEP-0124 wants it of one whose client does not keep to the rules. */
  private void refuse(String why, CompletableFuture<Answer> request) {
    condition = why;
    request.complete(BoshAnswers.terminate(why));
    leave();
  }

  @Override
  public void reads() {
    // What is read may ask for this again: it is being done.
    if (reading) {
      return;
    }
    reading = true;
    try {
      boolean more = true;
      while (more) {
        while (connection.readsOn() && !parts.isEmpty()) {
          parts.remove().take();
        }
        // Not before all of the one before is taken, so that a client cannot have much waiting.
        BoshBody body = parts.isEmpty() ? early.remove(next) : null;
        more = body != null;
        if (body != null) {
          begin(body);
        }
      }
    } catch (StreamError e) {
      connection.end(e);
    } finally {
      reading = false;
    }
    answer();
  }

  private void begin(BoshBody body) {
    long rid = next++;
    long known = Math.min(rid - 1, body.number("ack", 0));
    answers.arrived(body.isEmpty() ? rid - 1 : Math.max(known, rid - requests));
    if (body.sid().isEmpty()) {
      parts.add(() ->
          connection.opened(body.around().get("to", ""), body.around().get("xmpp:version", "1.0")));
    } else if (body.restarts()) {
      parts.add(() -> connection.opened(body.around().get("to", ""), "1.0"));
    }
    for (Element stanza : body.stanzas()) {
      parts.add(() -> connection.stanza(stanza));
    }
    if (body.terminates()) {
      parts.add(connection::closed);
    }
    var _ = loop.schedule(() -> waited(rid), waitS, TimeUnit.SECONDS);
  }

  /** A request has waited as long as its client wants. */
  private void waited(long rid) {
    if (held.containsKey(rid)) {
      // Those before it, too: answers are in the order of the requests.
      while (!held.isEmpty() && held.firstKey() <= rid) {
        answerFirst();
      }
    }
  }

  private void answer() {
    while (!held.isEmpty() && held.firstKey() < next) {
      boolean tooMany = held.headMap(next).size() > hold;
      if (!tooMany && !over && answers.isEmpty()) {
        return;
      }
      answerFirst();
    }
  }

  private void answerFirst() {
    var request = held.pollFirstEntry();
    if (request == null) {
      return;
    }
    Element attributes = first == null ? new Element("body", Names.HTTP_BIND) : first;
    first = null;
    if (over) {
      attributes.with("type", "terminate").with("condition", condition);
    }
    request.getValue().complete(answers.next(request.getKey(), attributes, over));
    if (over) {
      leave();
    }
  }

  // ---------------------------------------------------------------- the stream

  @Override
  public void open(String domain, String id) {
    if (!opened) {
      opened = true;
      first =
          new Element("body", Names.HTTP_BIND)
              .with("sid", sid)
              .with("wait", Integer.toString(waitS))
              .with("requests", Integer.toString(requests))
              .with("hold", Integer.toString(hold))
              .with("inactivity", Integer.toString(INACTIVITY_S))
              .with("ver", "1.11")
              .with("from", domain)
              .with("authid", id)
              .with("xmpp:version", "1.0")
              .with("xmpp:restartlogic", "true");
    }
  }

  @Override
  public void restart(int maxStanzaBytes) {
    maxBytes = maxStanzaBytes;
  }

  @Override
  public void write(String xml, @Nullable Runnable arrived) {
    if (xml.startsWith("<stream:error>")) {
      condition = "remote-stream-error";
    }
    answers.say(xml, arrived);
    if (!reading) {
      answer();
    }
  }

  @Override
  public void close() {
    over = true;
    if (!reading) {
      answer();
    }
  }

  /** The node stops. */
  void drain() {
    loop.execute(() -> connection.end(new StreamError("system-shutdown", "the node stops")));
  }
}
