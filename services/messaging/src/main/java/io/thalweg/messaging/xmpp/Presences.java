package io.thalweg.messaging.xmpp;

import io.thalweg.messaging.v1.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Presence of somebody in a room, as another one there is shown it: XEP-0045. */
final class Presences {
  private Presences() {}

  /** Somebody is there. */
  static Element of(Seat of, Seat to, List<Integer> codes) {
    Element x = new Element("x", Names.MUC_USER).add(item(of));
    return stanza(of, to, self(of, to, x, codes));
  }

  /** Somebody leaves. */
  static Element gone(Seat of, Seat to, Role before, int code, Room.Because because) {
    Element item = item(of).with("role", "none");
    boolean banned = code == 301;
    item.with(
        "affiliation", banned ? "outcast" : code == 0 ? Affiliation.affiliation(before) : "none");
    if (because.actor() != null) {
      item.add(new Element("actor", Names.MUC_USER).with("nick", because.actor()));
    }
    if (because.reason() != null) {
      item.add(new Element("reason", Names.MUC_USER).add(because.reason()));
    }
    Element x = new Element("x", Names.MUC_USER).add(item);
    return stanza(of, to, self(of, to, x, code == 0 ? List.of() : List.of(code)))
        .with("type", "unavailable");
  }

  /** Somebody goes by another nick from now on. */
  static Element renamed(Seat of, Seat to, String nick) {
    Element x = new Element("x", Names.MUC_USER).add(item(of).with("nick", nick));
    return stanza(of, to, self(of, to, x, List.of(303))).with("type", "unavailable");
  }

  /** The room is no more. */
  static Element destroyed(Seat of, @Nullable Element why) {
    Element x =
        new Element("x", Names.MUC_USER)
            .add(
                new Element("item", Names.MUC_USER)
                    .with("affiliation", "none")
                    .with("role", "none"))
            .add(why == null ? new Element("destroy", Names.MUC_USER) : why)
            .add(status(110));
    return Element.stanza("presence")
        .with("from", of.address().as(of.nick).toString())
        .with("to", of.session().jid().toString())
        .with("type", "unavailable")
        .add(x);
  }

  private static Element item(Seat of) {
    return new Element("item", Names.MUC_USER)
        .with("affiliation", Affiliation.affiliation(of.role))
        .with("role", Affiliation.role(of.role))
        .with("jid", of.session().jid().toString());
  }

  private static Element self(Seat of, Seat to, Element x, List<Integer> codes) {
    if (of == to || (of.user().equals(to.user()) && of.nick.equals(to.nick))) {
      x.add(status(110));
    }
    codes.forEach(code -> x.add(status(code)));
    return x;
  }

  private static Element stanza(Seat of, Seat to, Element x) {
    Element stanza =
        Element.stanza("presence")
            .with("from", to.address().as(of.nick).toString())
            .with("to", to.session().jid().toString());
    of.presence.children().forEach(stanza::add);
    return stanza.add(occupant(of.user())).add(x);
  }

  static Element status(int code) {
    return new Element("status", Names.MUC_USER).with("code", Integer.toString(code));
  }

  /** XEP-0421: who it is, whatever the nick. Rooms are not anonymous, so it is the user's name. */
  static Element occupant(String user) {
    return new Element("occupant-id", "urn:xmpp:occupant-id:0").with("id", user);
  }
}
