package io.thalweg.messaging.xmpp;

import com.google.rpc.Code;
import io.thalweg.edge.Asking;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.messaging.v1.AckInboxRequest;
import io.thalweg.messaging.v1.AckInboxResponse;
import io.thalweg.messaging.v1.GetPresenceRequest;
import io.thalweg.messaging.v1.GetPresenceResponse;
import io.thalweg.runtime.Failure;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What comes before stanzas: TLS, who the client is, and which device of the user; or the stream
 * that it resumes. RFC 6120, sections 5 to 7; XEP-0198, section 5. On the event loop.
 */
final class Negotiation {
  /** The cursor of clients that did not choose a resource, which they share. */
  static final String SHARED_DEVICE = "xmpp";

  private static final String NOBODY = "anonymous";
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int MAX_TRIES = 3;

  private final XmppConnection connection;
  private final Edge edge;
  private final Sessions sessions;
  private final XmppMetrics metrics;
  private String domain = "localhost";
  private @Nullable Asking asking;
  private String user = "";
  private int tries;

  Negotiation(XmppConnection connection, Edge edge, Sessions sessions, XmppMetrics metrics) {
    this.connection = connection;
    this.edge = edge;
    this.sessions = sessions;
    this.metrics = metrics;
  }

  String domain() {
    return domain;
  }

  static String drawn() {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** A stream has begun: says what comes next. */
  void opened(String to) throws StreamError {
    if (asking != null && !to.equals(domain)) {
      throw new StreamError("host-unknown", "the server was called otherwise before");
    }
    domain = to;
    Element features = new Element("features", Names.STREAMS);
    if (connection.mustSecure()) {
      features.add(new Element("starttls", Names.TLS).add(new Element("required", Names.TLS)));
    } else if (asking == null) {
      features.add(
          new Element("mechanisms", Names.SASL)
              .add(new Element("mechanism", Names.SASL).add("PLAIN")));
    } else {
      features
          .add(new Element("bind", Names.BIND))
          .add(
              new Element("session", Names.LEGACY_SESSION)
                  .add(new Element("optional", Names.LEGACY_SESSION)));
      if (connection.isManaged()) {
        features.add(new Element("sm", Names.MANAGEMENT));
      }
    }
    connection.writeNow(features.xml());
  }

  /** What the client says before it has a resource. */
  void received(Element what) throws StreamError {
    Asking known = asking;
    if (connection.mustSecure()) {
      if (!what.is("starttls", Names.TLS)) {
        throw new StreamError("policy-violation", "nothing goes before TLS here");
      }
      connection.writeNow(new Element("proceed", Names.TLS).xml());
      connection.secure();
    } else if (known == null) {
      signIn(what);
    } else if (what.is("resume", Names.MANAGEMENT)) {
      resume(what, known);
    } else if (what.is("iq", Names.CLIENT) && what.child("bind", Names.BIND) != null) {
      bind(what, known);
    } else {
      throw new StreamError("not-authorized", "bind a resource first");
    }
  }

  // ---------------------------------------------------------------- who it is

  private void signIn(Element auth) throws StreamError {
    if (auth.is("abort", Names.SASL)) {
      refuse("aborted");
      return;
    }
    if (!auth.is("auth", Names.SASL)) {
      throw new StreamError("not-authorized", "sign in first");
    }
    if (!auth.get("mechanism", "").equals("PLAIN")) {
      refuse("invalid-mechanism");
      return;
    }
    SaslPlain plain = SaslPlain.parse(auth.text(), domain);
    if (plain == null) {
      refuse("malformed-request");
      return;
    }
    connection.pause();
    long timeoutMs = edge.bounds().requestTimeoutMs();
    CompletableFuture<Asking> answer =
        session(plain.password())
            .thenCompose(session -> mayAct(new Asking(session, timeoutMs), plain.user()));
    var _ =
        answer.whenComplete(
            (good, problem) -> connection.loop().execute(() -> signedIn(plain, good, problem)));
  }

  private CompletableFuture<Session> session(String password) {
    // Clients insist on a password; where the node needs no credentials they may give this one.
    return password.isEmpty() || password.equals(NOBODY)
        ? CompletableFuture.completedFuture(edge.anonymous())
        : edge.authenticateAsync(new Credentials.Token(password));
  }

  /** An API key may be limited to some users. */
  private static CompletableFuture<Asking> mayAct(Asking asking, String user) {
    return asking
        .ask(GetPresenceRequest.newBuilder().setUser(user).build(), GetPresenceResponse.class)
        .thenApply(presence -> asking);
  }

  private void signedIn(SaslPlain plain, @Nullable Asking good, @Nullable Throwable problem) {
    if (connection.isGone()) {
      return;
    }
    if (good != null) {
      asking = good;
      user = plain.user();
      connection.writeNow(new Element("success", Names.SASL).xml());
      connection.restart(true);
    } else {
      Code code = Failure.of(problem, "the caller could not be identified").code();
      boolean refused =
          code == Code.UNAUTHENTICATED
              || code == Code.PERMISSION_DENIED
              || code == Code.INVALID_ARGUMENT;
      refuse(refused ? "not-authorized" : "temporary-auth-failure");
    }
    connection.goOn();
  }

  private void refuse(String condition) {
    metrics.signInsRefused.increment();
    connection.writeNow(
        new Element("failure", Names.SASL).add(new Element(condition, Names.SASL)).xml());
    if (++tries >= MAX_TRIES) {
      connection.fail(new StreamError("policy-violation", "too many tries to sign in"));
    }
  }

  // ---------------------------------------------------------------- which device

  private void bind(Element iq, Asking known) {
    Element bind = iq.child("bind", Names.BIND);
    Element wanted = bind == null ? null : bind.child("resource", Names.BIND);
    String chosen = wanted == null ? "" : wanted.text().strip();
    String id = iq.get("id", "");
    if (!chosen.isEmpty() && !Jid.isResource(chosen)) {
      refuseBind(id, StanzaError.bad("a resource has 1 to 64 bytes, without control characters"));
      return;
    }
    String resource = chosen.isEmpty() ? drawn() : chosen;
    String device = chosen.isEmpty() ? SHARED_DEVICE : chosen;
    connection.pause();
    var _ =
        cursor(known, device)
            .whenComplete((cursor, problem) ->
                connection
                    .loop()
                    .execute(() -> {
                      if (connection.isGone()) {
                        return;
                      }
                      if (cursor == null) {
                        refuseBind(id, StanzaError.of(problem));
                      } else {
                        bound(known, id, resource, device, cursor);
                      }
                      connection.goOn();
                    }));
  }

  /**
   * Where a device reads on: at its cursor; a new one where those without a name of their own are,
   * who have heard what is new. What was before is in the archive.
   */
  private CompletableFuture<Long> cursor(Asking known, String device) {
    return cursorOf(known, device)
        .thenCompose(cursor ->
            cursor > 0 || device.equals(SHARED_DEVICE)
                ? CompletableFuture.completedFuture(cursor)
                : cursorOf(known, SHARED_DEVICE));
  }

  private CompletableFuture<Long> cursorOf(Asking known, String device) {
    return known
        .ask(
            AckInboxRequest.newBuilder().setUser(user).setDevice(device).setOrder(0).build(),
            AckInboxResponse.class)
        .thenApply(AckInboxResponse::getOrder);
  }

  private void refuseBind(String id, StanzaError error) {
    connection.writeNow(
        Element.stanza("iq").with("type", "error").with("id", id).add(error.element()).xml());
  }

  private void bound(Asking known, String id, String resource, String device, long cursor) {
    Jid jid = new Jid(user, domain, resource);
    ClientSession session = new ClientSession(known, jid, device, cursor, sessions, metrics);
    ClientSession before = sessions.enter(session);
    if (before != null) {
      before.replaced();
    }
    connection.bound(session);
    session.begin(connection);
    session.send(
        Element.stanza("iq")
            .with("type", "result")
            .with("id", id)
            .add(
                new Element("bind", Names.BIND)
                    .add(new Element("jid", Names.BIND).add(jid.toString()))));
  }

  // ---------------------------------------------------------------- or the stream of before

  private void resume(Element resume, Asking known) throws StreamError {
    ClientSession before = sessions.resumable(resume.get("previd", ""));
    long heard = count(resume);
    connection.pause();
    if (before == null
        || !before.isOf(known.session().caller(), user, domain)
        || !before.resume(connection, heard)) {
      connection.writeNow(
          new Element("failed", Names.MANAGEMENT)
              .add(new Element("item-not-found", Names.STANZA_ERRORS))
              .xml());
      connection.goOn();
    }
  }

  static long count(Element what) throws StreamError {
    try {
      return Long.parseUnsignedLong(what.get("h", "")) & 0xFFFF_FFFFL;
    } catch (NumberFormatException e) {
      throw new StreamError("bad-format", "'h' must be a number");
    }
  }
}
