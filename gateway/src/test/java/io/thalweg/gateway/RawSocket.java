package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A WebSocket of binary messages, byte by byte. */
final class RawSocket implements WebSocket.Listener, AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final boolean reads;
  private final ByteArrayOutputStream part = new ByteArrayOutputStream();
  private final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
  final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final WebSocket socket;

  /**
   * @param reads whether anything is ever read
   * @param headers name, value ...
   */
  RawSocket(String url, boolean reads, String... headers) {
    this.reads = reads;
    WebSocket.Builder builder = http.newWebSocketBuilder();
    for (int i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    socket = builder.buildAsync(URI.create(url), this).orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Override
  public void onOpen(WebSocket opened) {
    if (reads) {
      opened.request(1);
    }
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    part.writeBytes(bytes);
    if (last) {
      messages.add(part.toByteArray());
      part.reset();
    }
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    closed.complete(code);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    closed.complete(0);
  }

  void send(byte[] message) {
    socket.sendBinary(ByteBuffer.wrap(message), true).orTimeout(60, TimeUnit.SECONDS).join();
  }

  /** Sends, unless the other side has closed; whether it was sent. */
  boolean offer(byte[] message) {
    try {
      send(message);
      return true;
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException) {
        return false;
      }
      throw e;
    }
  }

  /** The next message that is wanted; the others are passed over. */
  byte[] await(Predicate<byte[]> wanted) throws InterruptedException {
    while (true) {
      byte[] message = messages.poll(60, TimeUnit.SECONDS);
      assertThat(message).as("a message").isNotNull();
      if (wanted.test(message)) {
        return message;
      }
    }
  }

  int awaitClose() throws Exception {
    return closed.get(60, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
  }
}
