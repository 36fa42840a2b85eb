package io.thalweg.messaging.xmpp;

import java.util.ArrayList;
import java.util.List;

/**
 * A request of BOSH: XEP-0124, section 5.
 *
 * @param around the element {@code body}
 * @param stanzas what is in it
 * @param sizeBytes of all
 */
record BoshBody(Element around, List<Element> stanzas, int sizeBytes) {
  /** The most that XEP-0124 allows: what a double holds exactly. */
  private static final long MAX_RID = (1L << 53) - 1;

  /**
   * Reads it.
   *
   * @throws StreamError if it is no body
   */
  static BoshBody parse(byte[] bytes) throws StreamError {
    Whole whole = new Whole();
    StanzaReader reader = new StanzaReader(Transport.MAX_STANZA_BYTES);
    reader.take(bytes);
    reader.read(whole);
    if (!whole.ended || !whole.around.is("body", Names.HTTP_BIND)) {
      throw new StreamError("bad-format", "a request must be a body of " + Names.HTTP_BIND);
    }
    return new BoshBody(whole.around, whole.stanzas, bytes.length);
  }

  String sid() {
    return around.get("sid", "");
  }

  /** The request's number; -1: it has none that can be. */
  long rid() {
    long rid = number("rid", -1);
    return rid >= 1 && rid <= MAX_RID ? rid : -1;
  }

  /** A number of an attribute; -1: it is none. */
  long number(String attribute, long otherwise) {
    String text = around.get(attribute);
    if (text == null) {
      return otherwise;
    }
    try {
      return Math.max(-1, Long.parseLong(text));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  boolean terminates() {
    return around.get("type", "").equals("terminate");
  }

  boolean restarts() {
    return around.get("xmpp:restart", "").equals("true");
  }

  /** Whether it says nothing: its client only waits. */
  boolean isEmpty() {
    return stanzas.isEmpty() && !terminates() && !restarts();
  }

  private static final class Whole implements StanzaReader.Sink {
    private final List<Element> stanzas = new ArrayList<>();
    private Element around = new Element("none", "");
    private boolean ended;

    @Override
    public void opened(Element stream) {
      around = stream;
    }

    @Override
    public void stanza(Element stanza) {
      stanzas.add(stanza);
    }

    @Override
    public void closed() {
      ended = true;
    }

    @Override
    public boolean readsOn() {
      return true;
    }
  }
}
