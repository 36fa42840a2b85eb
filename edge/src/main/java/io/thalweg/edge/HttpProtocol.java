package io.thalweg.edge;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A protocol of requests and answers over HTTP on the gateway's own port. The gateway has TLS, the
 * check of Host and Origin, and the bounds; the protocol has bodies. Who a client is comes in them:
 * the path is open.
 */
public interface HttpProtocol {
  /** Lower case, for messages: "bosh". */
  String name();

  /** The path: this one, and none below it. */
  String path();

  /** Whether it takes bodies, by POST; otherwise it is asked by GET. */
  boolean takesBodies();

  /** Largest body that a client may send, in bytes; larger ones are answered with 413. */
  int maxBodyBytes();

  /** Called once, before the port is open. */
  Acceptor start(Edge edge);

  /** Takes requests. Thread-safe; nothing blocks. */
  interface Acceptor {
    /**
     * Answers a request. The answer may come late: the client waits for it without a deadline. When
     * the client has left before, the future is cancelled.
     */
    CompletableFuture<Answer> answer(Request request);

    /** The gateway begins to close: what waits is to be answered. */
    void drain();
  }

  /**
   * What came.
   *
   * @param origin how the client calls this server: "https://chat.example:8443"
   * @param body all of it; empty by GET
   */
  record Request(String origin, byte[] body) {}

  /**
   * What goes back.
   *
   * @param status of HTTP
   * @param contentType null: there is no body
   */
  record Answer(int status, @Nullable String contentType, byte[] body) {}
}
