package io.thalweg.crashtest;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A thin client of XMPP: one connection of a device that has signed in. Reads elements as they
 * come; with stream management it says what it has when it is asked. Reads are of one thread.
 */
final class XmppStream implements AutoCloseable {
  private static final int SILENT_MS = 120_000;
  private static final String HEAD =
      "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
          + " to='localhost' version='1.0'>";

  private final Socket socket;
  private final Reader in;
  private boolean managed;
  private long handled;

  /**
   * Connects and signs in.
   *
   * @param address as {@code thalweg up} says it
   * @param manages whether to ask for stream management
   */
  XmppStream(String address, String user, String device, boolean manages) throws IOException {
    URI uri = URI.create(address);
    socket = new Socket(uri.getHost(), uri.getPort());
    try {
      socket.setSoTimeout(SILENT_MS);
      in = new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8);
      String plain = "\0" + user + "\0anonymous";
      send(
          HEAD
              + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
              + Base64.getEncoder().encodeToString(plain.getBytes(StandardCharsets.UTF_8))
              + "</auth>");
      until("<success");
      send(
          HEAD
              + "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>"
              + device
              + "</resource></bind></iq>");
      until("<iq");
      if (manages) {
        send("<enable xmlns='urn:xmpp:sm:3'/>");
        until("<enabled");
        managed = true;
      }
      send("<presence/>");
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  private void until(String begins) throws IOException {
    String element = next();
    while (!element.startsWith(begins)) {
      element = next();
    }
  }

  /** Sends what is XML; from any thread. */
  synchronized void send(String xml) throws IOException {
    socket.getOutputStream().write(xml.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The next element.
   *
   * @throws IOException if the connection is gone
   */
  String next() throws IOException {
    while (true) {
      String element = element();
      if (!managed) {
        return element;
      }
      if (element.startsWith("<r ")) {
        send("<a xmlns='urn:xmpp:sm:3' h='" + handled + "'/>");
      } else {
        if (!element.startsWith("<a ")) {
          handled++;
        }
        return element;
      }
    }
  }

  /** In what this server says every '>' ends a tag. */
  private String element() throws IOException {
    StringBuilder out = new StringBuilder();
    int depth = 0;
    int tag = 0;
    while (true) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("closed");
      }
      if (c == '<') {
        tag = out.length();
      }
      out.append((char) c);
      if (c != '>') {
        continue;
      }
      String last = out.substring(tag);
      if (last.startsWith("<?") || last.startsWith("<stream:stream ")) {
        out.setLength(0);
        depth = 0;
        continue;
      }
      if (last.startsWith("</")) {
        depth--;
      } else if (!last.endsWith("/>")) {
        depth++;
      }
      if (depth <= 0) {
        return out.toString();
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
