package io.thalweg.gateway;

import com.google.rpc.Code;
import com.linecorp.armeria.common.websocket.WebSocketCloseStatus;
import com.linecorp.armeria.common.websocket.WebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.thalweg.edge.Session;
import io.thalweg.edge.WebSocketHandler;
import io.thalweg.edge.WebSocketPeer;
import io.thalweg.runtime.Failure;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of a service's own WebSocket protocol.
 *
 * <p>The handler has no thread while nothing happens. A frame, a {@link #signal}, a beat or the end
 * starts a virtual thread, which works until there is nothing more to do; there is one at a time,
 * so the handler needs no locks. At most one message waits for it: the next frame is asked for when
 * the handler has taken that one and the client has taken what was written.
 */
final class ProtocolSocket implements WebSocketPeer {
  private static final Logger log = LoggerFactory.getLogger(ProtocolSocket.class);

  /** What may wait for a client: one large answer, and some more. */
  private static final long MAX_WAITING_BYTES = 32 << 20;

  /** The size of what an object in the writer costs, at least. */
  private static final int FRAME_BYTES = 64;

  private record Arrived(byte[] bytes, boolean text) {}

  private final MoreSockets.Served served;
  private final WebSocketWriter writer;
  private final Session session;
  private final ServiceRequestContext ctx;
  private final SocketInput input;
  private final EventLoop eventLoop;
  private final long beatMs;
  private final AtomicInteger signals = new AtomicInteger();
  private final AtomicReference<@Nullable Arrived> arrived = new AtomicReference<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private volatile long takenNs = System.nanoTime();
  private volatile boolean beaten;
  private volatile boolean gone;
  private volatile @Nullable ScheduledFuture<?> beats;
  private volatile @Nullable Runnable forget;

  // Of the working thread.
  private @Nullable WebSocketHandler handler;
  private boolean reads;
  private boolean over;

  ProtocolSocket(MoreSockets.Served served, ServiceRequestContext ctx, WebSocketWriter writer) {
    this.served = served;
    this.writer = writer;
    this.ctx = ctx;
    this.session = new DrainingSession(Visitors.of(ctx), served.draining());
    this.eventLoop = ctx.eventLoop().withoutContext();
    this.beatMs = served.options().heartbeatMs();
    this.input =
        new SocketInput(writer, served.watchers()) {
          @Override
          void message(byte[] bytes, boolean text) {
            arrived.set(new Arrived(bytes, text));
            signal();
          }

          @Override
          boolean readsOnItself() {
            return true;
          }

          @Override
          void gone() {
            end();
          }
        };
  }

  SocketInput input() {
    return input;
  }

  void begin() {
    served.opened();
    beats = eventLoop.scheduleWithFixedDelay(this::beat, beatMs, beatMs, TimeUnit.MILLISECONDS);
    var _ =
        writer
            .whenComplete()
            .handle((done, cause) -> {
              end();
              return null;
            });
    forget =
        served.watchers().atEnd(() -> close(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE.code(), ""));
    if (gone) {
      release();
    }
    signal();
  }

  private void beat() {
    long nowNs = System.nanoTime();
    if (waitingBytes.get() > 0
        && nowNs - takenNs > TimeUnit.MILLISECONDS.toNanos(served.options().watching().slowMs())) {
      cut("too slow");
      return;
    }
    if (nowNs - input.heardNs() > SocketInput.silentNs(beatMs)) {
      close(WebSocketCloseStatus.POLICY_VIOLATION.code(), "no pong came");
      writer.abort();
      return;
    }
    var _ = writer.tryWrite(WebSocketFrame.ofPing());
    beaten = true;
    signal();
  }

  @Override
  public void signal() {
    if (signals.getAndIncrement() == 0) {
      Thread.ofVirtual().name(served.protocol().name()).start(this::run);
    }
  }

  private void run() {
    int seen;
    do {
      seen = signals.get();
      if (!over) {
        step();
      }
    } while (!signals.compareAndSet(seen, 0));
  }

  private void step() {
    try {
      if (gone) {
        over();
        return;
      }
      WebSocketHandler open = handler;
      if (open == null) {
        open = served.acceptor().accept(this);
        handler = open;
      }
      Arrived message = arrived.getAndSet(null);
      if (message != null) {
        open.message(message.bytes(), message.text());
        reads = true;
      }
      if (beaten) {
        beaten = false;
        open.beat();
      }
      open.work();
      if (reads && open.readsOn()) {
        reads = false;
        input.readOn();
      }
    } catch (Failure e) {
      close(code(e).code(), SocketClose.reason(e));
    } catch (RuntimeException e) {
      log.error("a connection of {} failed", served.protocol().name(), e);
      close(WebSocketCloseStatus.INTERNAL_SERVER_ERROR.code(), "internal error");
    }
  }

  private static WebSocketCloseStatus code(Failure failure) {
    return switch (failure.code()) {
      case Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.DEADLINE_EXCEEDED, Code.ABORTED ->
          WebSocketCloseStatus.TRY_AGAIN_LATER;
      default -> WebSocketCloseStatus.POLICY_VIOLATION;
    };
  }

  private void over() {
    over = true;
    WebSocketHandler open = handler;
    if (open != null) {
      open.closed();
    }
  }

  private void end() {
    synchronized (this) {
      if (gone) {
        return;
      }
      gone = true;
    }
    served.closed();
    release();
    signal();
  }

  private void release() {
    ScheduledFuture<?> open = beats;
    if (open != null) {
      open.cancel(false);
    }
    Runnable leave = forget;
    if (leave != null) {
      leave.run();
    }
  }

  @Override
  public Session session() {
    return session;
  }

  @Override
  public String subpath() {
    String path = served.protocol().path();
    return path.endsWith("/") ? ctx.decodedPath().substring(path.length()) : "";
  }

  @Override
  public @Nullable String query(String name) {
    return ctx.queryParam(name);
  }

  @Override
  public void send(byte[] message) {
    send(WebSocketFrame.ofBinary(message), message.length, null);
  }

  @Override
  public void sendText(String message, @Nullable Runnable taken) {
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    send(WebSocketFrame.ofText(bytes), bytes.length, taken);
  }

  private void send(WebSocketFrame frame, int length, @Nullable Runnable taken) {
    int size = length + FRAME_BYTES;
    if (waitingBytes.getAndAdd(size) == 0) {
      takenNs = System.nanoTime();
    }
    served.watchers().waiting(size);
    if (waitingBytes.get() - size > MAX_WAITING_BYTES) {
      cut("too slow");
    }
    var _ = writer.tryWrite(frame);
    var _ =
        writer
            .whenConsumed()
            .handle((done, cause) -> {
              takenNs = System.nanoTime();
              served.watchers().waiting(-size);
              if (waitingBytes.addAndGet(-size) == 0) {
                signal();
              }
              if (taken != null && cause == null) {
                taken.run();
              }
              return null;
            });
  }

  @Override
  public long waitingBytes() {
    return waitingBytes.get();
  }

  @Override
  public void close(int code, String reason) {
    writer.close(WebSocketCloseStatus.valueOf(code), reason);
  }

  /** Closes the connection of a client that does not read: it could not be told. */
  private void cut(String why) {
    served.cut();
    close(WebSocketCloseStatus.TRY_AGAIN_LATER.code(), why);
    writer.abort();
  }
}
