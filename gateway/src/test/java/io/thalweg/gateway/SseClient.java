package io.thalweg.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A client of server-sent events over HTTP/1.1 on a socket of its own. Reads by lines and skips the
 * sizes of chunks, which the lines of events never look like.
 */
final class SseClient implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Socket socket;
  private final BufferedReader in;
  private final StringBuilder head = new StringBuilder();

  /** One event. */
  record Event(String id, String name, JsonNode data) {}

  SseClient(int port, String path, String... headers) throws IOException {
    socket = new Socket();
    // Small, so that it is a matter of kilobytes until a client that reads nothing is slow.
    socket.setReceiveBufferSize(4 << 10);
    socket.connect(new InetSocketAddress("127.0.0.1", port));
    socket.setSoTimeout(60_000);
    StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n");
    for (int i = 0; i < headers.length; i += 2) {
      request.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    socket
        .getOutputStream()
        .write(request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
    in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    for (String line = line(); !line.isEmpty(); line = line()) {
      head.append(line).append('\n');
    }
  }

  /** The head of the response. */
  String head() {
    return head.toString();
  }

  /** The next event. */
  Event next() throws IOException {
    Event event = read();
    if (event == null) {
      throw new IOException("the stream ended");
    }
    return event;
  }

  /** Whether the stream ends without a further event. */
  boolean ends() throws IOException {
    return read() == null;
  }

  private @Nullable Event read() throws IOException {
    String id = "";
    String name = "";
    while (true) {
      String line = in.readLine();
      if (line == null || line.equals("0")) {
        return null;
      }
      if (line.startsWith("id: ")) {
        id = line.substring(4);
      } else if (line.startsWith("event: ")) {
        name = line.substring(7);
      } else if (line.startsWith("data: ")) {
        return new Event(id, name, JSON.readTree(line.substring(6)));
      }
    }
  }

  /** Reads up to and including a line. */
  void awaitLine(String expected) throws IOException {
    while (!line().equals(expected)) {
      // Another line.
    }
  }

  /** Cuts the connection. */
  void leave() throws IOException {
    socket.close();
  }

  private String line() throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new IOException("the stream ended");
    }
    return line;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
