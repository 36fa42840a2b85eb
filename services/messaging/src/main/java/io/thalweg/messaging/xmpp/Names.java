package io.thalweg.messaging.xmpp;

/** Namespaces of the protocol and its extensions. */
final class Names {
  static final String CLIENT = "jabber:client";
  static final String STREAMS = "http://etherx.jabber.org/streams";
  static final String STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams";
  static final String STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas";
  static final String TLS = "urn:ietf:params:xml:ns:xmpp-tls";
  static final String SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
  static final String BIND = "urn:ietf:params:xml:ns:xmpp-bind";
  static final String LEGACY_SESSION = "urn:ietf:params:xml:ns:xmpp-session";
  static final String ROSTER = "jabber:iq:roster";
  static final String PING = "urn:xmpp:ping";
  static final String DISCO_INFO = "http://jabber.org/protocol/disco#info";
  static final String DISCO_ITEMS = "http://jabber.org/protocol/disco#items";
  static final String BLOCKING = "urn:xmpp:blocking";
  static final String CARBONS = "urn:xmpp:carbons:2";
  static final String FORWARD = "urn:xmpp:forward:0";
  static final String DELAY = "urn:xmpp:delay";
  static final String RECEIPTS = "urn:xmpp:receipts";
  static final String MARKERS = "urn:xmpp:chat-markers:0";
  static final String STANZA_IDS = "urn:xmpp:sid:0";
  static final String MANAGEMENT = "urn:xmpp:sm:3";
  static final String ARCHIVE = "urn:xmpp:mam:2";
  static final String RESULT_SETS = "http://jabber.org/protocol/rsm";
  static final String FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
  static final String HTTP_BIND = "http://jabber.org/protocol/httpbind";
  static final String XBOSH = "urn:xmpp:xbosh";
  static final String DATA_FORMS = "jabber:x:data";

  private Names() {}
}
