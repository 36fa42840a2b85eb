package io.thalweg.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A wire to a server that can be cut after so many bytes, that flips a byte, or answers in the
 * server's place that it is too busy. Each fault happens as often as it was asked for.
 */
final class FaultyWire implements AutoCloseable {
  private static final byte[] SLOW_DOWN =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>\
      """
          .getBytes(StandardCharsets.UTF_8);

  private final ServerSocket listening;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger slowDowns = new AtomicInteger();
  private final AtomicInteger answersToCut = new AtomicInteger();
  private final AtomicInteger requestsToCut = new AtomicInteger();
  private final AtomicInteger answersToChange = new AtomicInteger();
  private final AtomicInteger faults = new AtomicInteger();
  private final AtomicLong afterBytes = new AtomicLong();

  FaultyWire(int target) throws IOException {
    this.target = target;
    listening = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** The next so many connections hear that the server is too busy. Ends those that are open. */
  void slowDown(int times) {
    slowDowns.set(times);
    cutAll();
  }

  /** The next so many connections over which more bytes of answers pass are cut there. */
  void cutAnswers(int times, long after) {
    afterBytes.set(after);
    answersToCut.set(times);
    cutAll();
  }

  /** The next so many connections over which more bytes of requests pass are cut there. */
  void cutRequests(int times, long after) {
    afterBytes.set(after);
    requestsToCut.set(times);
    cutAll();
  }

  /** On the next so many over which more bytes of answers pass, the one byte after is changed. */
  void changeAnswers(int times, long after) {
    afterBytes.set(after);
    answersToChange.set(times);
    cutAll();
  }

  /** How many faults there were. */
  int faults() {
    return faults.get();
  }

  private void cutAll() {
    open.forEach(FaultyWire::close);
  }

  private static boolean take(AtomicInteger left) {
    return left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      if (take(slowDowns)) {
        faults.incrementAndGet();
        answerSlowDown(client);
        return;
      }
      try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
        open.add(server);
        Thread back =
            Thread.ofVirtual().start(() -> copy(server, client, answersToCut, answersToChange));
        copy(client, server, requestsToCut, new AtomicInteger());
        back.join();
        open.remove(server);
      }
    } catch (IOException | InterruptedException e) {
      // The other side hears it.
    } finally {
      open.remove(client);
    }
  }

  private void answerSlowDown(Socket client) throws IOException {
    // The whole head of the request, or a client that still writes would see a reset instead.
    InputStream in = client.getInputStream();
    int end = 0;
    while (end != 0x0D0A0D0A) {
      int next = in.read();
      if (next < 0) {
        return;
      }
      end = end << 8 | next;
    }
    OutputStream out = client.getOutputStream();
    out.write(
        "HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
            .formatted(SLOW_DOWN.length)
            .getBytes(StandardCharsets.US_ASCII));
    out.write(SLOW_DOWN);
    out.flush();
    client.shutdownOutput();
    in.skip(Long.MAX_VALUE);
  }

  // A fault is taken where it happens: a connection that carries little takes none.
  private void copy(Socket from, Socket to, AtomicInteger toCut, AtomicInteger toChange) {
    byte[] buffer = new byte[16 << 10];
    long passed = 0;
    long limit = afterBytes.get();
    try {
      for (int n; (n = from.getInputStream().read(buffer)) >= 0; ) {
        if (passed <= limit && passed + n > limit && take(toCut)) {
          to.getOutputStream().write(buffer, 0, (int) (limit - passed));
          faults.incrementAndGet();
          break;
        }
        if (passed <= limit && passed + n > limit && take(toChange)) {
          buffer[(int) (limit - passed)] ^= 1;
          faults.incrementAndGet();
        }
        to.getOutputStream().write(buffer, 0, n);
        passed += n;
      }
    } catch (IOException e) {
      // Cut.
    }
    close(from);
    close(to);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Closed enough.
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    cutAll();
  }
}
