package io.thalweg.messaging.xmpp;

import com.fasterxml.aalto.AsyncByteArrayFeeder;
import com.fasterxml.aalto.AsyncXMLStreamReader;
import com.fasterxml.aalto.UncheckedStreamException;
import com.fasterxml.aalto.stax.InputFactoryImpl;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.NoSuchElementException;
import java.util.Set;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;

/**
 * Makes stanzas out of the bytes of a stream. Takes bytes as they come and never waits for more.
 *
 * <p>What XMPP leaves out of XML ends the stream: document types, entities, comments, processing
 * instructions. Bounded: the bytes of a stanza, its depth, the attributes of an element, and the
 * different names that one stream may use, since the parser keeps those. One thread at a time.
 */
final class StanzaReader {
  private static final int STEP_BYTES = 2 << 10;
  private static final int MAX_DEPTH = 32;
  private static final int MAX_ATTRIBUTES = 32;
  private static final int MAX_NAMES = 2_000;

  /** Takes what was read. */
  interface Sink {
    /** The stream's own element has begun. */
    void opened(Element stream) throws StreamError;

    /** A whole child of it. */
    void stanza(Element stanza) throws StreamError;

    /** Its end. */
    void closed();

    /** Whether what follows is read by this reader. */
    boolean readsOn();
  }

  // A factory of its own: what a parser learns about names goes no further than its stream.
  private final AsyncXMLStreamReader<AsyncByteArrayFeeder> xml =
      new InputFactoryImpl().createAsyncForByteArray();
  private final ArrayDeque<Element> open = new ArrayDeque<>();
  private final Set<String> names = new HashSet<>();
  private final int maxStanzaBytes;
  private boolean begun;
  private int stanzaBytes;
  private byte[] waiting = new byte[0];
  private int at;

  StanzaReader(int maxStanzaBytes) {
    this.maxStanzaBytes = maxStanzaBytes;
  }

  /** Whether a stanza has begun and not ended. */
  boolean isWithin() {
    return !open.isEmpty() || stanzaBytes > 0;
  }

  /** Takes bytes, to be read behind those that it has. At most as many as a stanza may have. */
  void take(byte[] bytes) throws StreamError {
    int left = waiting.length - at;
    if (left > maxStanzaBytes) {
      throw new StreamError("policy-violation", "too much was sent ahead");
    }
    byte[] all = Arrays.copyOfRange(waiting, at, waiting.length + bytes.length);
    System.arraycopy(bytes, 0, all, left, bytes.length);
    waiting = all;
    at = 0;
  }

  /**
   * Reads what it has, as long as the sink reads on.
   *
   * @throws StreamError if the stream cannot go on
   */
  void read(Sink sink) throws StreamError {
    try {
      events(sink);
      while (sink.readsOn() && at < waiting.length) {
        int end = Math.min(waiting.length, at + STEP_BYTES);
        stanzaBytes += end - at;
        if (stanzaBytes > maxStanzaBytes) {
          throw new StreamError(
              "policy-violation", "a stanza may have " + maxStanzaBytes + " bytes");
        }
        xml.getInputFeeder().feedInput(waiting, at, end - at);
        at = end;
        events(sink);
      }
    } catch (XMLStreamException e) {
      throw new StreamError("not-well-formed", "what came is not XML");
    }
  }

  private void events(Sink sink) throws XMLStreamException, StreamError {
    while (sink.readsOn()) {
      int event = next();
      switch (event) {
        case AsyncXMLStreamReader.EVENT_INCOMPLETE -> {
          return;
        }
        case XMLStreamConstants.START_DOCUMENT -> {}
        case XMLStreamConstants.START_ELEMENT -> begin(sink);
        case XMLStreamConstants.END_ELEMENT -> end(sink);
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE ->
            text();
        case XMLStreamConstants.END_DOCUMENT -> {
          return;
        }
        default ->
            throw new StreamError(
                "restricted-xml",
                "document types, entities, comments and instructions are not taken");
      }
    }
  }

  private int next() throws XMLStreamException, StreamError {
    try {
      return xml.next();
    } catch (IllegalArgumentException | IndexOutOfBoundsException | NoSuchElementException e) {
      // The parser meets bytes of strangers: what it trips over is theirs.
      throw new StreamError("not-well-formed", "what came could not be read");
    }
  }

  private void begin(Sink sink) throws StreamError {
    if (open.size() >= MAX_DEPTH) {
      throw new StreamError("policy-violation", "a stanza may be " + MAX_DEPTH + " deep");
    }
    Element element = element();
    if (!begun) {
      begun = true;
      stanzaBytes = 0;
      for (int i = 0; i < xml.getAttributeCount(); i++) {
        if (Names.XBOSH.equals(xml.getAttributeNamespace(i))) {
          // Of the element around all, which is never said again.
          element.with("xmpp:" + xml.getAttributeLocalName(i), xml.getAttributeValue(i));
        }
      }
      sink.opened(element);
      return;
    }
    Element around = open.peek();
    if (around != null) {
      around.add(element);
    }
    open.push(element);
  }

  private Element element() throws StreamError {
    int count = xml.getAttributeCount();
    if (count > MAX_ATTRIBUTES) {
      throw new StreamError(
          "policy-violation", "an element may have " + MAX_ATTRIBUTES + " attributes");
    }
    String namespace = xml.getNamespaceURI();
    Element element = new Element(known(xml.getLocalName()), namespace == null ? "" : namespace);
    for (int i = 0; i < count; i++) {
      String of = xml.getAttributeNamespace(i);
      String name = known(xml.getAttributeLocalName(i));
      if (of == null || of.isEmpty()) {
        element.with(name, xml.getAttributeValue(i));
      } else if (of.equals("http://www.w3.org/XML/1998/namespace") && name.equals("lang")) {
        element.with("xml:lang", xml.getAttributeValue(i));
      }
    }
    return element;
  }

  private String known(String name) throws StreamError {
    if (names.add(name) && names.size() > MAX_NAMES) {
      throw new StreamError(
          "policy-violation", "a stream may use " + MAX_NAMES + " different names");
    }
    return name;
  }

  private void text() throws XMLStreamException, StreamError {
    Element around = open.peek();
    String text = textHere();
    if (around != null) {
      around.add(text);
    } else if (!text.isBlank()) {
      throw new StreamError("bad-format", "there may be no text between stanzas");
    } else {
      // Blanks keep a connection open.
      stanzaBytes = 0;
    }
  }

  private String textHere() throws XMLStreamException {
    try {
      return xml.getText();
    } catch (UncheckedStreamException e) {
      throw new XMLStreamException(e);
    }
  }

  private void end(Sink sink) throws StreamError {
    Element ended = open.poll();
    if (ended == null) {
      sink.closed();
    } else if (open.isEmpty()) {
      stanzaBytes = 0;
      sink.stanza(ended);
    }
  }
}
