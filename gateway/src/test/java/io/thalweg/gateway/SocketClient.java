package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The JDK's WebSocket client on one path. */
final class SocketClient implements WebSocket.Listener, AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String END = "";

  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  final BlockingQueue<Boolean> pings = new LinkedBlockingQueue<>();

  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private final StringBuilder part = new StringBuilder();
  private final HttpClient client = HttpClient.newHttpClient();
  private final WebSocket socket;
  private volatile String reason = "";

  SocketClient(int port, String path, String... headers) {
    WebSocket.Builder builder = client.newWebSocketBuilder();
    for (int i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    socket = builder.buildAsync(URI.create("ws://127.0.0.1:" + port + path), this).join();
  }

  /** The next message, as JSON. */
  JsonNode next() throws InterruptedException {
    String message = messages.poll(60, TimeUnit.SECONDS);
    if (message == null || message.equals(END)) {
      throw new AssertionError("no message: " + (message == null ? "in time" : "it was closed"));
    }
    try {
      return JSON.readTree(message);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + message, e);
    }
  }

  void send(String text) {
    socket.sendText(text, true).join();
  }

  /** The code with which the server closed. */
  int closeCode() {
    return closed.orTimeout(60, TimeUnit.SECONDS).join();
  }

  String closeReason() {
    return reason;
  }

  @Override
  public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
    part.append(data);
    if (last) {
      // Centrifuge sends several in one message, a line each.
      part.toString().lines().forEach(messages::add);
      part.setLength(0);
    }
    webSocket.request(1);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<?> onPing(WebSocket webSocket, ByteBuffer message) {
    pings.add(true);
    webSocket.request(1);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String words) {
    reason = words;
    closed.complete(statusCode);
    messages.add(END);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void onError(WebSocket webSocket, Throwable error) {
    closed.completeExceptionally(error);
    messages.add(END);
  }

  @Override
  public void close() {
    socket.abort();
    client.shutdownNow();
  }
}
