package io.thalweg.crashtest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An address that stays while the node behind it is killed and comes back at another port. A
 * connection to a node that is gone is closed.
 */
final class Forwarder implements AutoCloseable {
  private final ServerSocket listening;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile InetSocketAddress target;

  Forwarder() throws IOException {
    listening = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    // Until there is a node, a connection to this address is refused as a dead one is.
    target = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    Thread.ofVirtual().start(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + listening.getLocalPort();
  }

  /** The node is here from now on. */
  void to(String url) {
    target = new InetSocketAddress(InetAddress.getLoopbackAddress(), URI.create(url).getPort());
  }

  private void accept() {
    while (true) {
      try {
        Socket client = listening.accept();
        Thread.ofVirtual().start(() -> connect(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void connect(Socket client) {
    Socket node = new Socket();
    sockets.add(client);
    sockets.add(node);
    try {
      node.connect(target);
      Thread.ofVirtual().start(() -> copy(node, client));
      copy(client, node);
    } catch (IOException dead) {
      close(client, node);
    }
  }

  private void copy(Socket from, Socket to) {
    byte[] buffer = new byte[16_384];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
    } catch (IOException dead) {
      // The other side learns it from its closed connection.
    } finally {
      close(from, to);
    }
  }

  private void close(Socket... both) {
    for (Socket socket : both) {
      sockets.remove(socket);
      try {
        socket.close();
      } catch (IOException e) {
        // It is closed.
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    close(sockets.toArray(Socket[]::new));
  }
}
