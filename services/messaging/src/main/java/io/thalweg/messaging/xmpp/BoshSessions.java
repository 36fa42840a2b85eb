package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Edge;
import io.thalweg.edge.HttpProtocol;
import io.thalweg.edge.HttpProtocol.Answer;
import io.thalweg.edge.HttpProtocol.Request;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The sessions of this node, by their secret names. In memory. Thread-safe. */
final class BoshSessions implements HttpProtocol.Acceptor {
  private static final int MAX_SESSIONS = 20_000;

  private final Edge edge;
  private final Sessions clients;
  private final XmppMetrics metrics;
  private final ConcurrentMap<String, BoshSession> bySid = new ConcurrentHashMap<>();

  BoshSessions(Edge edge, Sessions clients, XmppMetrics metrics) {
    this.edge = edge;
    this.clients = clients;
    this.metrics = metrics;
    metrics.gauge("bosh.sessions", "Sessions over HTTP", bySid, ConcurrentMap::size);
  }

  @Override
  public CompletableFuture<Answer> answer(Request request) {
    BoshBody body;
    try {
      body = BoshBody.parse(request.body());
    } catch (StreamError e) {
      return refused("bad-request", e.condition());
    }
    if (body.rid() < 0) {
      return refused("bad-request", "bad-format");
    }
    CompletableFuture<Answer> waiting = new CompletableFuture<>();
    BoshSession session;
    if (!body.sid().isEmpty()) {
      session = bySid.get(body.sid());
      if (session == null) {
        return CompletableFuture.completedFuture(BoshAnswers.terminate("item-not-found"));
      }
    } else if (body.number("wait", 0) < 0 || body.number("hold", 0) < 0) {
      return refused("bad-request", "bad-format");
    } else if (bySid.size() >= MAX_SESSIONS) {
      return refused("internal-server-error", "resource-constraint");
    } else {
      String sid = Negotiation.drawn();
      session = new BoshSession(this, sid, body, edge, clients, metrics);
      bySid.put(sid, session);
    }
    session.take(body, waiting);
    return waiting;
  }

  private CompletableFuture<Answer> refused(String condition, String counted) {
    metrics.ended(counted);
    return CompletableFuture.completedFuture(BoshAnswers.terminate(condition));
  }

  void forget(String sid, BoshSession session) {
    bySid.remove(sid, session);
  }

  @Override
  public void drain() {
    List.copyOf(bySid.values()).forEach(BoshSession::drain);
  }
}
