package io.thalweg.messaging.xmpp;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Reads again what was kept as XML. */
final class Kept {
  private static final byte[] AROUND =
      "<kept xmlns='jabber:client'>".getBytes(StandardCharsets.UTF_8);
  private static final int MAX_BYTES = 64 << 10;

  private Kept() {}

  /** What is in a message; nothing if it is not the XML of one, since anybody may store bytes. */
  static List<Element> children(byte[] xml) {
    Whole whole = new Whole();
    try {
      StanzaReader reader = new StanzaReader(MAX_BYTES);
      reader.take(AROUND);
      reader.take(xml);
      reader.read(whole);
    } catch (StreamError e) {
      return List.of();
    }
    return whole.found.is("message", Names.CLIENT) ? whole.found.children() : List.of();
  }

  private static final class Whole implements StanzaReader.Sink {
    private Element found = Element.stanza("none");

    @Override
    public void opened(Element stream) {}

    @Override
    public void stanza(Element stanza) {
      found = stanza;
    }

    @Override
    public void closed() {}

    @Override
    public boolean readsOn() {
      return true;
    }
  }
}
