package io.thalweg.gateway;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A WebSocket client that reads only when it is told to, and has little room until then. */
final class StalledSocket implements AutoCloseable {
  private static final int TEXT = 0x1;
  private static final int PING = 0x9;
  private static final int SHORT = 126;
  private static final byte[] NO_MASK = {0, 0, 0, 0};
  private static final byte[] PONG = {(byte) 0x8A, (byte) 0x80, 0, 0, 0, 0};
  private static final String UPGRADE =
      String.join(
          "\r\n",
          "Host: localhost",
          "Upgrade: websocket",
          "Connection: Upgrade",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "",
          "");

  private final Socket socket = new Socket();
  private final DataInputStream in;

  StalledSocket(int port, String path) throws IOException {
    socket.setReceiveBufferSize(4 << 10);
    socket.connect(new InetSocketAddress("127.0.0.1", port));
    socket.setSoTimeout(60_000);
    String request = "GET " + path + " HTTP/1.1\r\n" + UPGRADE;
    socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    in = new DataInputStream(socket.getInputStream());
    StringBuilder head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      head.append((char) in.readUnsignedByte());
    }
    if (!head.toString().startsWith("HTTP/1.1 101")) {
      throw new IOException("no WebSocket: " + head);
    }
  }

  /** Sends a text message of fewer than 126 bytes. */
  void send(String text) throws IOException {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    if (payload.length >= SHORT) {
      throw new IllegalArgumentException("too long: " + text);
    }
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(0x80 | TEXT);
    frame.write(0x80 | payload.length);
    frame.write(NO_MASK);
    frame.write(payload);
    socket.getOutputStream().write(frame.toByteArray());
  }

  /** The next text message. */
  String next() throws IOException {
    while (true) {
      int opcode = in.readUnsignedByte() & 0xF;
      int length = in.readUnsignedByte();
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = Math.toIntExact(in.readLong());
      }
      byte[] payload = in.readNBytes(length);
      if (opcode == PING) {
        socket.getOutputStream().write(PONG);
      } else if (opcode == TEXT) {
        return new String(payload, StandardCharsets.UTF_8);
      } else {
        throw new IOException("closed: " + new String(payload, StandardCharsets.UTF_8));
      }
    }
  }

  /** Whether the connection ends when all that came is read. */
  boolean ends() throws IOException {
    byte[] bytes = new byte[64 << 10];
    try {
      while (in.read(bytes) >= 0) {
        // Whatever it is.
      }
      return true;
    } catch (EOFException | SocketException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
