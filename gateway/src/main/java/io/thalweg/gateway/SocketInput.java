package io.thalweg.gateway;

import com.linecorp.armeria.common.websocket.CloseWebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocketCloseStatus;
import com.linecorp.armeria.common.websocket.WebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.websocket.WebSocketProtocolViolationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * What a WebSocket's client sends. Answers pings and the close; the rest goes to {@link #message}.
 * The next frame is read when the client has taken the answers to those before it, so a client that
 * asks and does not read is not read either. On the connection's event loop.
 */
abstract class SocketInput implements Subscriber<WebSocketFrame> {
  /** A client that has answered no ping for so many heartbeats is gone, but not before a time. */
  private static final int SILENT_BEATS = 3;

  private static final long MIN_SILENT_MS = 10_000;

  private final WebSocketWriter writer;
  private final Watchers watchers;
  private @Nullable Subscription subscription;
  private volatile long heardNs = System.nanoTime();

  SocketInput(WebSocketWriter writer, Watchers watchers) {
    this.writer = writer;
    this.watchers = watchers;
  }

  /** How long a client that is pinged so often may be silent. */
  static long silentNs(long heartbeatMs) {
    return TimeUnit.MILLISECONDS.toNanos(Math.max(MIN_SILENT_MS, SILENT_BEATS * heartbeatMs));
  }

  /** A whole message. The array is the callee's. */
  abstract void message(byte[] bytes, boolean text);

  /** Nothing more will come. */
  abstract void gone();

  /** Whether {@link #readOn} is called for each message by whoever takes it. */
  boolean readsOnItself() {
    return false;
  }

  /** {@link System#nanoTime()} when the client was last heard of. */
  final long heardNs() {
    return heardNs;
  }

  @Override
  public final void onSubscribe(Subscription given) {
    subscription = given;
    given.request(1);
  }

  @Override
  public final void onNext(WebSocketFrame frame) {
    heardNs = System.nanoTime();
    boolean wait = false;
    try (frame) {
      switch (frame.type()) {
        case PING -> {
          var _ = writer.tryWrite(WebSocketFrame.ofPong(frame.array()));
        }
        case PONG -> {}
        case CLOSE -> writer.close(answerTo(frame));
        case TEXT -> {
          wait = readsOnItself();
          message(frame.array(), true);
        }
        case BINARY -> {
          wait = readsOnItself();
          message(frame.array(), false);
        }
        // Messages are put together before they come here.
        case CONTINUATION -> writer.close(WebSocketCloseStatus.PROTOCOL_ERROR);
      }
    }
    if (!wait) {
      readOn();
    }
  }

  /** Reads on when what was written is taken. */
  final void readOn() {
    Subscription open = subscription;
    if (open == null) {
      return;
    }
    if (writer.isEmpty()) {
      open.request(1);
      return;
    }
    var _ =
        writer
            .whenConsumed()
            .handle((done, cause) -> {
              // Where this side has closed, what was written last is still on its way: to cancel
              // the
              // input now would overtake it.
              if (cause == null) {
                open.request(1);
              }
              return null;
            });
  }

  /** The code that the client closes with; a normal one if it gives none. */
  private static WebSocketCloseStatus answerTo(WebSocketFrame frame) {
    WebSocketCloseStatus status =
        frame instanceof CloseWebSocketFrame close ? close.status() : null;
    return status == null || status.code() == WebSocketCloseStatus.EMPTY.code()
        ? WebSocketCloseStatus.NORMAL_CLOSURE
        : status;
  }

  @Override
  public final void onError(Throwable cause) {
    if (cause instanceof WebSocketProtocolViolationException violation
        && WebSocketCloseStatus.MESSAGE_TOO_BIG.equals(violation.closeStatus())) {
      watchers.tooLarge();
    }
    gone();
  }

  @Override
  public final void onComplete() {
    gone();
  }
}
