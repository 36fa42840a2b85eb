package io.thalweg.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/**
 * Many WebSockets of one thread, which cost this process little: each answers pings and counts its
 * messages. Used by one thread.
 */
final class SocketCrowd implements AutoCloseable {
  /** How many are being opened at once. */
  private static final int OPENING = 128;

  private static final byte[] PONG = {(byte) 0x8A, (byte) 0x80, 0, 0, 0, 0};

  /** An empty object, by which the Centrifuge protocol pings and answers pings. */
  private static final int PROTOCOL_PING = 2;

  private static final byte[] PROTOCOL_PONG = text("{}");
  private static final int PING = 9;
  private static final int CLOSE = 8;

  private final Selector selector;
  private final InetSocketAddress server;
  private final List<Connection> connections = new ArrayList<>();
  private final ByteBuffer input = ByteBuffer.allocateDirect(64 << 10);
  private final int opening;
  private int open;
  private int closed;
  private long messages;

  /** What one of them has read of a frame. */
  private final class Connection {
    final SocketChannel channel;
    final byte[][] greetings;
    private boolean upgraded;
    private int matched;
    private final byte[] header = new byte[10];
    private int headerBytes;
    private long payloadLeft;

    Connection(SocketChannel channel, byte[][] greetings) {
      this.channel = channel;
      this.greetings = greetings;
    }

    void read(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        if (!upgraded) {
          // The head of the response ends with an empty line.
          byte b = bytes.get();
          matched = b == (matched % 2 == 0 ? '\r' : '\n') ? matched + 1 : 0;
          if (matched == 4) {
            upgraded = true;
            open++;
            for (int i = 1; i < greetings.length; i++) {
              write(greetings[i]);
            }
          }
        } else if (payloadLeft > 0) {
          int skip = (int) Math.min(payloadLeft, bytes.remaining());
          bytes.position(bytes.position() + skip);
          payloadLeft -= skip;
        } else {
          header[headerBytes++] = bytes.get();
          readHeader();
        }
      }
    }

    private void readHeader() throws IOException {
      int length = headerBytes < 2 ? 0 : header[1] & 0x7F;
      int needed = length == 127 ? 10 : length == 126 ? 4 : 2;
      if (headerBytes < needed) {
        return;
      }
      payloadLeft = length < 126 ? length : 0;
      for (int i = 2; i < needed; i++) {
        payloadLeft = payloadLeft << 8 | (header[i] & 0xFF);
      }
      headerBytes = 0;
      switch (header[0] & 0x0F) {
        case PING -> write(PONG);
        case CLOSE -> closed++;
        default -> {
          if (payloadLeft == PROTOCOL_PING) {
            write(PROTOCOL_PONG);
          } else {
            messages++;
          }
        }
      }
    }

    private void write(byte[] bytes) throws IOException {
      // Small, and the other side reads: it fits into the socket's buffer.
      channel.write(ByteBuffer.wrap(bytes));
    }
  }

  SocketCrowd(int port) throws IOException {
    this(port, OPENING);
  }

  /**
   * A crowd of nobody yet.
   *
   * @param opening so many come at once
   */
  SocketCrowd(int port, int opening) throws IOException {
    this.opening = opening;
    selector = Selector.open();
    server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** A text frame of a client. */
  static byte[] text(String text) {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 8);
    frame.put((byte) 0x81);
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else {
      frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
    }
    // A mask of zeros changes nothing.
    frame.putInt(0).put(payload).flip();
    byte[] bytes = new byte[frame.remaining()];
    frame.get(bytes);
    return bytes;
  }

  /** The request that opens a WebSocket. */
  static byte[] upgrade(String path) {
    return ("GET "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Opens so many more.
   *
   * @param greetings of the connection of a number: its upgrade request, and what it sends first
   */
  void open(int count, IntFunction<byte[][]> greetings) throws IOException {
    int first = connections.size();
    int goal = open + count;
    for (int i = 0; i < count; i++) {
      SocketChannel channel = SocketChannel.open(server);
      byte[][] own = greetings.apply(first + i);
      channel.write(ByteBuffer.wrap(own[0]));
      channel.configureBlocking(false);
      Connection connection = new Connection(channel, own);
      channel.register(selector, SelectionKey.OP_READ, connection);
      connections.add(connection);
      int opened = i;
      run(60, () -> open >= goal - count + opened - opening);
    }
    run(60, () -> open >= goal);
  }

  /**
   * Reads until a condition holds.
   *
   * @throws IllegalStateException if it does not hold in time, or a connection was closed
   */
  void run(long maxS, BooleanSupplier until) throws IOException {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(maxS);
    while (!until.getAsBoolean()) {
      if (System.nanoTime() - endNs > 0) {
        throw new IllegalStateException(
            "not in time: " + open + " are open, " + messages + " messages came");
      }
      step();
    }
  }

  /** Reads for a time. */
  void run(long forS) throws IOException {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(forS);
    while (System.nanoTime() - endNs < 0) {
      step();
    }
  }

  private void step() throws IOException {
    selector.select(10);
    for (SelectionKey key : selector.selectedKeys()) {
      Connection connection = (Connection) key.attachment();
      input.clear();
      if (connection.channel.read(input) < 0) {
        throw new IllegalStateException("the server closed a connection");
      }
      connection.read(input.flip());
    }
    selector.selectedKeys().clear();
    if (closed > 0) {
      throw new IllegalStateException("the server closed " + closed + " connections");
    }
  }

  /** Messages that all of them have been sent. */
  long messages() {
    return messages;
  }

  @Override
  public void close() throws IOException {
    for (Connection connection : connections) {
      connection.channel.close();
    }
    selector.close();
  }
}
