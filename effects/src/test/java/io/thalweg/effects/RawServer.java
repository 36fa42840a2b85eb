package io.thalweg.effects;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A server that does to each connection what a test says. */
final class RawServer implements AutoCloseable {
  /** What to do with a connection; it is closed after that. */
  interface Script {
    void run(Socket socket) throws IOException;
  }

  final AtomicInteger accepted = new AtomicInteger();
  private final ServerSocket server;
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();

  RawServer(InetAddress address, int port, Script script) {
    try {
      server = new ServerSocket(port, 50, address);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(() -> accept(script));
  }

  RawServer(Script script) {
    this(InetAddress.getLoopbackAddress(), 0, script);
  }

  int port() {
    return server.getLocalPort();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  private void accept(Script script) {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        sockets.add(socket);
        accepted.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(script, socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private static void serve(Script script, Socket socket) {
    try (socket) {
      script.run(socket);
    } catch (IOException e) {
      // The client has gone, or the test is over.
    }
  }

  /** Waits until so many connections were taken. */
  void awaitAccepted(int connections) {
    long beganNs = System.nanoTime();
    while (accepted.get() < connections) {
      if (System.nanoTime() - beganNs > TimeUnit.MILLISECONDS.toNanos(Calls.AMPLE_MS)) {
        throw new AssertionError(accepted + " connections of " + connections);
      }
      LockSupport.parkNanos(100_000);
    }
  }

  /** Reads until the client has gone. */
  static void untilClosed(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    while (in.read() >= 0) {}
  }

  /** Reads one head, up to the empty line; empty if the client has gone. */
  static String readHead(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (true) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.write(next);
      String text = head.toString(StandardCharsets.ISO_8859_1);
      if (text.endsWith("\r\n\r\n")) {
        return text;
      }
    }
  }

  static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
