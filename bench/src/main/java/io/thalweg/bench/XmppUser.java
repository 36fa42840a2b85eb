package io.thalweg.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;

/**
 * One user's client, which speaks XMPP as text: signs in with a password in clear, binds a
 * resource, says that it is there. Used by the thread of its {@link XmppCrowd}.
 */
final class XmppUser {
  static final String PASSWORD = "anonymous";
  static final String DOMAIN = "localhost";
  private static final String HEADER =
      "<?xml version='1.0'?><stream:stream xmlns='jabber:client'"
          + " xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='"
          + DOMAIN
          + "'>";

  /** How far a client has come. */
  enum Step {
    CONNECTING,
    OFFERED,
    PROVING,
    OFFERED_AGAIN,
    BINDING,
    COUNTING,
    THERE,
    GONE
  }

  /** Takes what a client that is there is sent. */
  interface Taker {
    void take(XmppUser user, String element);

    /** With stream management: the server says that it has a stanza. */
    default void taken(XmppUser user, String id) {}
  }

  private final String name;
  private final boolean counts;
  private final Taker taker;
  private final XmppStream stream = new XmppStream();
  private final SocketChannel channel;
  private final SelectionKey key;
  private ByteBuffer out = ByteBuffer.allocate(1024);
  private Step step = Step.CONNECTING;
  private long received;
  private long taken;
  private final Deque<String> untaken = new ArrayDeque<>();

  /**
   * Begins to connect.
   *
   * @param counts with stream management (XEP-0198)
   */
  XmppUser(String name, int port, boolean counts, Selector selector, Taker taker)
      throws IOException {
    this.name = name;
    this.counts = counts;
    this.taker = taker;
    channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    key = channel.register(selector, SelectionKey.OP_CONNECT, this);
    channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  String name() {
    return name;
  }

  static String address(String user) {
    return user + "@" + DOMAIN;
  }

  Step step() {
    return step;
  }

  /** What the selector says of its connection has come about. */
  void ready(ByteBuffer in) {
    try {
      if (step == Step.CONNECTING && channel.finishConnect()) {
        key.interestOps(SelectionKey.OP_READ);
        step = Step.OFFERED;
        send(HEADER);
        flush();
        return;
      }
      if (key.isReadable()) {
        read(in);
      }
      if (step != Step.GONE && key.isWritable()) {
        flush();
      }
    } catch (IOException e) {
      close();
    }
  }

  private void read(ByteBuffer in) throws IOException {
    in.clear();
    int count = channel.read(in);
    if (count < 0) {
      close();
      return;
    }
    in.flip();
    stream.feed(in);
    for (String element = stream.next(); element != null; element = stream.next()) {
      heard(element);
    }
    flush();
  }

  private void heard(String element) {
    if (element.startsWith("</stream:stream") || element.startsWith("<stream:error")) {
      if (element.startsWith("<stream:error")) {
        System.out.println("bench: " + name + " was sent " + element);
      }
      close();
      return;
    }
    switch (step) {
      case OFFERED -> {
        if (element.startsWith("<stream:features")) {
          step = Step.PROVING;
          String proof = "\0" + name + "\0" + PASSWORD;
          send(
              "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
                  + Base64.getEncoder().encodeToString(proof.getBytes(StandardCharsets.UTF_8))
                  + "</auth>");
        }
      }
      case PROVING -> {
        if (!element.startsWith("<success")) {
          throw new IllegalStateException(name + " may not come in: " + element);
        }
        stream.restart();
        step = Step.OFFERED_AGAIN;
        send(HEADER);
      }
      case OFFERED_AGAIN -> {
        if (element.startsWith("<stream:features")) {
          step = Step.BINDING;
          send(
              "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                  + "<resource>bench</resource></bind></iq>");
        }
      }
      case BINDING -> {
        if (element.startsWith("<iq") && attribute(element, "type").equals("result")) {
          if (counts) {
            step = Step.COUNTING;
            send("<enable xmlns='urn:xmpp:sm:3'/>");
          } else {
            there();
          }
        }
      }
      case COUNTING -> {
        if (element.startsWith("<enabled")) {
          there();
        }
      }
      case THERE -> said(element);
      case CONNECTING, GONE -> {}
    }
  }

  private void there() {
    step = Step.THERE;
    sendStanza("<presence/>", "");
  }

  private void said(String element) {
    if (element.startsWith("<r ") || element.startsWith("<r/")) {
      send("<a xmlns='urn:xmpp:sm:3' h='" + received + "'/>");
      return;
    }
    if (element.startsWith("<a ")) {
      for (long count = Long.parseLong(attribute(element, "h")); taken < count; taken++) {
        String id = untaken.remove();
        if (!id.isEmpty()) {
          taker.taken(this, id);
        }
      }
      return;
    }
    received++;
    if (element.startsWith("<iq") && !attribute(element, "type").equals("result")) {
      sendStanza("<iq type='result' id='" + attribute(element, "id") + "'/>", "");
    }
    taker.take(this, element);
  }

  /** The first value of an attribute of this name in an element; empty if there is none. */
  static String attribute(String element, String attribute) {
    int at = element.indexOf(" " + attribute + "=");
    if (at < 0) {
      return "";
    }
    int from = at + attribute.length() + 3;
    return element.substring(from, element.indexOf(element.charAt(from - 1), from));
  }

  /**
   * Hands a stanza to the connection; with stream management the server is asked whether it has it.
   *
   * @param id what to call it when it is taken; empty: nobody wants to know
   */
  void sendStanza(String xml, String id) {
    send(xml);
    if (counts) {
      untaken.add(id);
      if (!id.isEmpty()) {
        send("<r xmlns='urn:xmpp:sm:3'/>");
      }
    }
  }

  /** What it has sent and the server was not heard to have, in order. */
  List<String> untaken() {
    return untaken.stream().filter(id -> !id.isEmpty()).toList();
  }

  /** Hands something to the connection; {@link #flush} sends it. */
  void send(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (out.remaining() < bytes.length) {
      ByteBuffer larger = ByteBuffer.allocate(2 * (out.position() + bytes.length));
      out.flip();
      out = larger.put(out);
    }
    out.put(bytes);
  }

  /** Sends what the connection takes. */
  void flush() {
    if (step == Step.GONE || step == Step.CONNECTING) {
      return;
    }
    try {
      out.flip();
      channel.write(out);
      boolean more = out.hasRemaining();
      out.compact();
      key.interestOps(SelectionKey.OP_READ | (more ? SelectionKey.OP_WRITE : 0));
    } catch (IOException e) {
      close();
    }
  }

  /** Breaks the connection, without a farewell. */
  void close() {
    step = Step.GONE;
    key.cancel();
    try {
      channel.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }
}
