package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.BlockUserRequest;
import io.thalweg.messaging.v1.BlockUserResponse;
import io.thalweg.messaging.v1.ListBlockedRequest;
import io.thalweg.messaging.v1.ListBlockedResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Answers what a client asks the server or its own account: roster, service discovery (XEP-0030),
 * ping (XEP-0199), blocking (XEP-0191), carbons (XEP-0280), the archive (XEP-0313).
 */
final class Queries {
  private static final int MAX_BLOCKED_AT_ONCE = 50;

  private final ClientSession session;
  private final Asking asking;
  private final Contacts contacts;
  private final Chat chat;
  private final Archive archive;
  private final RoomStanzas rooms;

  Queries(
      ClientSession session,
      Asking asking,
      Contacts contacts,
      Chat chat,
      Archive archive,
      RoomStanzas rooms) {
    this.session = session;
    this.asking = asking;
    this.contacts = contacts;
    this.chat = chat;
    this.archive = archive;
    this.rooms = rooms;
  }

  /** The answer to a get or set, which has one child. */
  CompletableFuture<@Nullable Element> answer(Element iq, Jid to) {
    boolean set = iq.get("type", "").equals("set");
    Element what = iq.children().getFirst();
    CompletableFuture<@Nullable Element> payload = set ? set(what) : get(what, to);
    return payload.thenApply(found -> {
      Element result =
          Element.stanza("iq")
              .with("type", "result")
              .with("id", iq.get("id"))
              .with("from", iq.get("to"))
              .with("to", session.jid().toString());
      return found == null ? result : result.add(found);
    });
  }

  private CompletableFuture<@Nullable Element> get(Element what, Jid to) {
    return switch (what.namespace()) {
      case Names.PING -> Stanzas.nothing();
      case Names.ROSTER -> contacts.roster().thenApply(roster -> roster);
      case Names.DISCO_INFO -> CompletableFuture.completedFuture(info(what, to));
      case Names.DISCO_ITEMS -> CompletableFuture.completedFuture(items(what, to));
      case Names.BLOCKING -> blocked("", new Element("blocklist", Names.BLOCKING));
      case Names.ARCHIVE -> CompletableFuture.completedFuture(Archive.form());
      default -> throw StanzaError.unavailable();
    };
  }

  private CompletableFuture<@Nullable Element> set(Element what) {
    return switch (what.namespace()) {
      case Names.LEGACY_SESSION -> Stanzas.nothing();
      case Names.CARBONS -> {
        chat.carbons(what.name().equals("enable"));
        yield Stanzas.nothing();
      }
      case Names.ROSTER ->
          throw new StanzaError(
              "cancel", "not-allowed", "the roster is made of the conversations there are");
      case Names.BLOCKING -> block(what);
      case Names.ARCHIVE -> archive.query(what, rooms);
      default -> throw StanzaError.unavailable();
    };
  }

  private Element items(Element query, Jid to) {
    Element items = new Element("query", Names.DISCO_ITEMS).with("node", query.get("node"));
    if (to.isServer() && query.get("node") == null) {
      items.add(
          new Element("item", Names.DISCO_ITEMS)
              .with("jid", RoomAddress.service(session.jid().domain()).toString())
              .with("name", "Rooms"));
    }
    return items;
  }

  private static Element info(Element query, Jid to) {
    if (query.get("node") != null) {
      throw new StanzaError("cancel", "item-not-found", "there is no such node");
    }
    Element info = new Element("query", Names.DISCO_INFO);
    Element identity = new Element("identity", Names.DISCO_INFO);
    info.add(
        to.isServer()
            ? identity.with("category", "server").with("type", "im").with("name", "Thalweg")
            : identity.with("category", "account").with("type", "registered"));
    Stanzas.features()
        .forEach(name -> info.add(new Element("feature", Names.DISCO_INFO).with("var", name)));
    return info;
  }

  // ---------------------------------------------------------------- blocking

  private CompletableFuture<@Nullable Element> blocked(String token, Element into) {
    return asking
        .ask(
            ListBlockedRequest.newBuilder()
                .setUser(session.jid().user())
                .setPageToken(token)
                .build(),
            ListBlockedResponse.class)
        .thenCompose(page -> {
          page.getUsersList()
              .forEach(user ->
                  into.add(
                      new Element("item", Names.BLOCKING)
                          .with("jid", session.jid().of(user).toString())));
          return page.getNextPageToken().isEmpty()
              ? CompletableFuture.completedFuture(into)
              : blocked(page.getNextPageToken(), into);
        });
  }

  private CompletableFuture<@Nullable Element> block(Element what) {
    boolean lets = what.name().equals("unblock");
    List<String> users = new ArrayList<>();
    for (Element item : what.children()) {
      Jid jid = Jid.parse(item.get("jid"));
      if (jid == null || jid.isServer() || !jid.domain().equals(session.jid().domain())) {
        throw new StanzaError("modify", "jid-malformed", "only users of this server are blocked");
      }
      users.add(jid.user());
    }
    if (users.size() > MAX_BLOCKED_AT_ONCE) {
      throw StanzaError.bad("at most " + MAX_BLOCKED_AT_ONCE + " at once");
    }
    if (users.isEmpty() && !lets) {
      throw StanzaError.bad("who is to be blocked?");
    }
    if (users.isEmpty()) {
      Element all = new Element("blocklist", Names.BLOCKING);
      return blocked("", all)
          .thenCompose(found -> {
            List<String> known = new ArrayList<>();
            for (Element item : all.children()) {
              Jid jid = Jid.parse(item.get("jid"));
              if (jid != null) {
                known.add(jid.user());
              }
            }
            return change(known, true);
          });
    }
    return change(users, lets);
  }

  private CompletableFuture<@Nullable Element> change(List<String> users, boolean lets) {
    List<CompletableFuture<BlockUserResponse>> all = new ArrayList<>();
    for (String user : users) {
      all.add(
          asking
              .ask(
                  BlockUserRequest.newBuilder()
                      .setUser(session.jid().user())
                      .setOther(user)
                      .setLetGo(lets)
                      .build(),
                  BlockUserResponse.class)
              .thenApply(done -> {
                contacts.block(user, !lets);
                return done;
              }));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).thenApply(done -> null);
  }
}
