package io.thalweg.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network between a client and a server that can lose answers: what the client sends always
 * arrives, and what the server sends does not while it is {@link #mute}d.
 */
final class FaultyNetwork implements AutoCloseable {
  private final ServerSocket listener;
  private final int serverPort;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile boolean muted;
  private volatile int firstMuted;
  private volatile CountDownLatch swallowed = new CountDownLatch(1);

  FaultyNetwork(int serverPort) {
    this.serverPort = serverPort;
    try {
      listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  int connections() {
    return connections.get();
  }

  /** From now on answers do not arrive. */
  void mute() {
    swallowed = new CountDownLatch(1);
    muted = true;
  }

  /** The answers of the first so many connections do not arrive. */
  void muteFirst(int count) {
    firstMuted = count;
  }

  void unmute() {
    muted = false;
  }

  /** Waits until an answer was lost. */
  void awaitLostAnswer() throws InterruptedException {
    swallowed.await();
  }

  /** Cuts every connection. */
  void cut() {
    links.forEach(Link::close);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        join(client, connections.incrementAndGet());
      } catch (IOException closed) {
        // The loop sees whether it was this network that closed.
      }
    }
  }

  private void join(Socket client, int number) throws IOException {
    Socket server;
    try {
      server = new Socket("127.0.0.1", serverPort);
    } catch (IOException serverAway) {
      client.close();
      return;
    }
    Link link = new Link(client, server, number);
    links.add(link);
    Thread.ofVirtual().start(() -> link.carry(client, server, false));
    Thread.ofVirtual().start(() -> link.carry(server, client, true));
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }

  private final class Link {
    private final Socket client;
    private final Socket server;
    private final int number;

    private Link(Socket client, Socket server, int number) {
      this.client = client;
      this.server = server;
      this.number = number;
    }

    private void carry(Socket from, Socket to, boolean answers) {
      try (InputStream in = from.getInputStream();
          OutputStream out = to.getOutputStream()) {
        byte[] buffer = new byte[16 << 10];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          if (answers && (muted || number <= firstMuted)) {
            swallowed.countDown();
          } else {
            out.write(buffer, 0, read);
          }
        }
      } catch (IOException cut) {
        // As a network does it: no word to anybody.
      } finally {
        close();
      }
    }

    private void close() {
      links.remove(this);
      try {
        client.close();
        server.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
