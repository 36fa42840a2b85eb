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
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A proxy between a client and a server that may be cut, or go silent both ways or one way. What is
 * sent into a silent wire is not lost: it arrives when the wire is whole again, late, as it does
 * over a network that comes back. Also an address that stays while the server behind it is another
 * one, or gone: a connection to one that is gone is closed.
 */
final class Wire implements AutoCloseable {
  /** How it is. */
  enum State {
    WHOLE(true, true),
    /** Connections are closed, and new ones too. */
    CUT(false, false),
    /** Nothing passes. */
    SILENT(false, false),
    /** Requests arrive, and their answers do not. */
    NO_ANSWERS(true, false);

    private final boolean there;
    private final boolean back;

    State(boolean there, boolean back) {
      this.there = there;
      this.back = back;
    }
  }

  /** A connection to it is refused. */
  private static final int NOBODY = 1;

  private final ServerSocket listening;
  private volatile int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private State state = State.WHOLE;
  private boolean closed;

  /**
   * Listens.
   *
   * @param address of this machine
   * @param port 0 picks a free one
   * @param target port of the server on 127.0.0.1
   */
  Wire(String address, int port, int target) throws IOException {
    listening = new ServerSocket(port, 128, InetAddress.getByName(address));
    this.target = target;
    Thread.ofVirtual().start(this::accept);
  }

  /** An address on this machine with nobody behind it yet; see {@link #to}. */
  static Wire toNobody() throws IOException {
    return new Wire("127.0.0.1", 0, NOBODY);
  }

  /** New connections go to the port of this address, on 127.0.0.1. */
  void to(String url) {
    target = URI.create(url).getPort();
  }

  /** For clients of a node. */
  String url() {
    return "http://127.0.0.1:" + port();
  }

  /** A free port of this machine. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  int port() {
    return listening.getLocalPort();
  }

  /** From now on it is so. */
  void become(State next) {
    lock.lock();
    try {
      state = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (next == State.CUT) {
      close(sockets.toArray(Socket[]::new));
    }
  }

  private void accept() {
    while (true) {
      try {
        Socket client = listening.accept();
        Thread.ofVirtual().start(() -> connect(client));
      } catch (IOException end) {
        return;
      }
    }
  }

  private void connect(Socket client) {
    Socket server = new Socket();
    sockets.add(client);
    sockets.add(server);
    try {
      if (isCut()) {
        close(client, server);
        return;
      }
      server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
      server.setTcpNoDelay(true);
      client.setTcpNoDelay(true);
      Thread.ofVirtual().start(() -> copy(server, client, false));
      copy(client, server, true);
    } catch (IOException dead) {
      close(client, server);
    }
  }

  private void copy(Socket from, Socket to, boolean there) {
    byte[] buffer = new byte[64 << 10];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        awaitPassage(there);
        out.write(buffer, 0, read);
      }
    } catch (IOException dead) {
      // The other side learns it from its closed connection.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close(from, to);
    }
  }

  private boolean isCut() {
    lock.lock();
    try {
      return closed || state == State.CUT;
    } finally {
      lock.unlock();
    }
  }

  private void awaitPassage(boolean there) throws InterruptedException {
    lock.lock();
    try {
      while (!closed && state != State.CUT && !(there ? state.there : state.back)) {
        changed.await();
      }
    } finally {
      lock.unlock();
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
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    listening.close();
    close(sockets.toArray(Socket[]::new));
  }
}
