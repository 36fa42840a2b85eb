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

  /** The next so many connections are cut when so many bytes of answers have passed. */
  void cutAnswers(int times, long after) {
    afterBytes.set(after);
    answersToCut.set(times);
    cutAll();
  }

  /** The next so many connections are cut when so many bytes of requests have passed. */
  void cutRequests(int times, long after) {
    afterBytes.set(after);
    requestsToCut.set(times);
    cutAll();
  }

  /** On the next so many connections one byte of the answers is changed, the one after so many. */
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
      boolean cutAnswer = take(answersToCut);
      boolean cutRequest = !cutAnswer && take(requestsToCut);
      boolean change = !cutAnswer && !cutRequest && take(answersToChange);
      try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
        open.add(server);
        Thread back = Thread.ofVirtual().start(() -> copy(server, client, cutAnswer, change));
        copy(client, server, cutRequest, false);
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

  private void copy(Socket from, Socket to, boolean cut, boolean change) {
    byte[] buffer = new byte[16 << 10];
    long passed = 0;
    long limit = afterBytes.get();
    try {
      for (int n; (n = from.getInputStream().read(buffer)) >= 0; ) {
        if (cut && passed + n > limit) {
          to.getOutputStream().write(buffer, 0, (int) (limit - passed));
          faults.incrementAndGet();
          break;
        }
        if (change && passed <= limit && passed + n > limit) {
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
