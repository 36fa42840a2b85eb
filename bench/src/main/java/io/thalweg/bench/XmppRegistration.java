package io.thalweg.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Makes users in a server that lets anybody register (XEP-0077), over one connection. */
final class XmppRegistration {
  private static final int AT_ONCE = 50;

  private XmppRegistration() {}

  static void register(int port, int users) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(60_000);
      socket.setTcpNoDelay(true);
      say(
          socket,
          "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0'"
              + " xmlns:stream='http://etherx.jabber.org/streams' to='localhost'>");
      XmppStream stream = new XmppStream();
      await(socket, stream, "<stream:features", 1);
      for (int from = 0; from < users; from += AT_ONCE) {
        int to = Math.min(users, from + AT_ONCE);
        StringBuilder all = new StringBuilder();
        for (int user = from; user < to; user++) {
          all.append("<iq type='set' id='")
              .append(user)
              .append("'><query xmlns='jabber:iq:register'><username>")
              .append(XmppServer.user(user))
              .append("</username><password>")
              .append(XmppUser.PASSWORD)
              .append("</password></query></iq>");
        }
        say(socket, all.toString());
        await(socket, stream, "<iq", to - from);
      }
    }
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void await(Socket socket, XmppStream stream, String wanted, int count)
      throws IOException {
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[1 << 14];
    int left = count;
    while (left > 0) {
      int read = in.read(buffer);
      if (read < 0) {
        throw new IOException("the server has ended the stream");
      }
      stream.feed(ByteBuffer.wrap(buffer, 0, read));
      for (String element = stream.next(); element != null; element = stream.next()) {
        if (element.startsWith("<iq") && !XmppUser.attribute(element, "type").equals("result")) {
          throw new IOException("no user was made: " + element);
        }
        left -= element.startsWith(wanted) ? 1 : 0;
      }
    }
  }
}
