package io.thalweg.gateway;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Many clients with a connection each, which all have a request under way at once. */
final class RawClients implements AutoCloseable {
  private static final Pattern LENGTH = Pattern.compile("content-length: (\\d+)");

  private final List<Socket> sockets = new ArrayList<>();

  RawClients(int port, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Socket socket = new Socket("127.0.0.1", port);
      socket.setSoTimeout(60_000);
      sockets.add(socket);
    }
  }

  /**
   * Sends a score of each client before it reads the first answer; returns the answers. A node on a
   * slow machine may have too much to do: who is told so asks again, when the others are answered.
   */
  List<String> submitAll(String path) throws IOException {
    List<String> answers = new ArrayList<>(Collections.nCopies(sockets.size(), ""));
    List<Integer> open = IntStream.range(0, sockets.size()).boxed().toList();
    while (!open.isEmpty()) {
      submit(path, open);
      for (int i : open) {
        answers.set(i, read(sockets.get(i)));
      }
      open = open.stream().filter(i -> answers.get(i).startsWith("HTTP/1.1 429 ")).toList();
    }
    return answers;
  }

  private void submit(String path, List<Integer> clients) throws IOException {
    for (int i : clients) {
      String body = "{\"member\":\"m" + i + "\",\"score\":" + i + "}";
      String request =
          "POST "
              + path
              + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              + "Content-Length: "
              + body.length()
              + "\r\n\r\n"
              + body;
      sockets.get(i).getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Sends a request and reads its answer, which must say its length. */
  static String exchange(Socket socket, String request) throws IOException {
    socket.setSoTimeout(60_000);
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    return read(socket);
  }

  private static String read(Socket socket) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new IOException("the connection ended after: " + head);
      }
      head.append((char) next);
    }
    Matcher length = LENGTH.matcher(head);
    int bytes = length.find() ? Integer.parseInt(length.group(1)) : 0;
    byte[] body = socket.getInputStream().readNBytes(bytes);
    return head + new String(body, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
