package io.thalweg.gateway;

import com.google.rpc.Code;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.websocket.WebSocketCloseStatus;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Session;
import io.thalweg.gateway.CentrifugeError.Disconnect;
import io.thalweg.gateway.CentrifugeFormat.MalformedFrame;
import io.thalweg.gateway.centrifuge.ClientInfo;
import io.thalweg.gateway.centrifuge.Command;
import io.thalweg.gateway.centrifuge.ConnectRequest;
import io.thalweg.gateway.centrifuge.ConnectResult;
import io.thalweg.gateway.centrifuge.ErrorReply;
import io.thalweg.gateway.centrifuge.Reply;
import io.thalweg.runtime.Failure;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of a Centrifuge client. Commands are handled on the connection's event loop;
 * publications come from the working threads of the channels' sessions. What waits for a client
 * that does not read is bounded: channels stop at a chunk, commands are not read on, and who lets
 * more than {@value #MAX_WAITING_BYTES} bytes of replies wait is cut.
 */
final class CentrifugeConnection {
  private static final Logger log = LoggerFactory.getLogger(CentrifugeConnection.class);
  static final long MAX_WAITING_BYTES = 16 << 20;

  /** Calls and histories of one connection that are not answered yet. */
  static final int MAX_IN_FLIGHT = 128;

  /** Who has not connected by then is sent away for good, so it is long. */
  private static final long STALE_NS = TimeUnit.SECONDS.toNanos(15);

  private final CentrifugeService service;
  private final CentrifugeFormat format;
  private final boolean jsonPayload;
  private final WebSocketWriter writer;
  private final EventLoop eventLoop;
  private final Session handshake;
  private final RequestHeaders headers;
  private final String client = UUID.randomUUID().toString();
  private final CentrifugeCommands commands = new CentrifugeCommands(this);
  private final Map<String, CentrifugeChannel> channels = new ConcurrentHashMap<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final ScheduledFuture<?> heartbeats;
  private final SocketInput input;
  private final long openedNs = System.nanoTime();
  private volatile long takenNs = System.nanoTime();

  // Of the event loop.
  private @Nullable Session visitor;
  private boolean connecting;
  private @Nullable Runnable forget;

  CentrifugeConnection(
      CentrifugeService service, ServiceRequestContext ctx, WebSocketWriter writer) {
    this.service = service;
    this.format = CentrifugeService.formatOf(ctx);
    this.jsonPayload = format == CentrifugeFormat.JSON || "json".equals(ctx.queryParam("payload"));
    this.writer = writer;
    this.eventLoop = ctx.eventLoop().withoutContext();
    this.handshake = Visitors.of(ctx);
    this.headers = ctx.request().headers();
    this.input =
        new SocketInput(writer, service.watchers()) {
          @Override
          void message(byte[] bytes, boolean text) {
            take(bytes);
          }

          @Override
          void gone() {
            end();
          }
        };
    long beatMs = beatMs();
    this.heartbeats =
        eventLoop.scheduleWithFixedDelay(this::beat, beatMs, beatMs, TimeUnit.MILLISECONDS);
    var _ =
        writer
            .whenComplete()
            .handle((done, cause) -> {
              eventLoop.execute(this::end);
              return null;
            });
  }

  SocketInput input() {
    return input;
  }

  CentrifugeService service() {
    return service;
  }

  CentrifugeFormat format() {
    return format;
  }

  /** Whether requests and items are JSON: always in the JSON form, by option in the other one. */
  boolean jsonPayload() {
    return jsonPayload;
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  Map<String, CentrifugeChannel> channels() {
    return channels;
  }

  /** As others see it. */
  ClientInfo info() {
    return ClientInfo.newBuilder()
        .setClient(client)
        .setUser(visitor().caller().principal())
        .build();
  }

  /** A header of the handshake. */
  @Nullable String header(String name) {
    return headers.get(name);
  }

  /** Who it is; known once it has connected. */
  Session visitor() {
    if (visitor == null) {
      throw new IllegalStateException("not connected");
    }
    return visitor;
  }

  private void take(byte[] frame) {
    try {
      for (Command command : format.read(frame)) {
        if (!writer.isOpen()) {
          return;
        }
        if (connecting) {
          disconnect(Disconnect.BAD_REQUEST);
        } else if (visitor != null) {
          commands.handle(command);
        } else if (command.hasConnect()) {
          connect(command.getId(), command.getConnect());
        } else {
          disconnect(Disconnect.BAD_REQUEST);
        }
      }
    } catch (MalformedFrame e) {
      disconnect(Disconnect.BAD_REQUEST);
    } catch (RuntimeException e) {
      log.error("a command of a Centrifuge client failed", e);
      disconnect(Disconnect.INTERNAL);
    }
  }

  private void connect(int id, ConnectRequest request) {
    try {
      service.draining().check();
      if (request.getToken().isEmpty()) {
        connected(id, handshake);
        return;
      }
      connecting = true;
      var _ =
          service
              .sessions()
              .open(new Credentials.Token(request.getToken()), null)
              .whenCompleteAsync(
                  (opened, cause) -> {
                    connecting = false;
                    if (cause == null) {
                      connected(id, opened);
                    } else {
                      refused(cause);
                    }
                  },
                  eventLoop);
    } catch (Failure e) {
      refused(e);
    }
  }

  private void connected(int id, Session opened) {
    try {
      Sessions.checkKnown(opened);
      visitor = opened;
      reply(
          id,
          Reply.newBuilder()
              .setConnect(
                  ConnectResult.newBuilder()
                      .setClient(client)
                      .setVersion("thalweg")
                      .setPing((int) TimeUnit.MILLISECONDS.toSeconds(beatMs()))
                      .setPong(true)));
      forget = service.watchers().atEnd(() -> disconnect(Disconnect.SHUTDOWN));
    } catch (Failure e) {
      refused(e);
    }
  }

  private void refused(Throwable cause) {
    boolean later = Visitors.failure(cause).code() == Code.UNAVAILABLE;
    disconnect(later ? Disconnect.SHUTDOWN : Disconnect.INVALID_TOKEN);
  }

  /** Time between pings: whole seconds, as the protocol has it. */
  private long beatMs() {
    return Math.max(1, service.options().heartbeatMs() / 1000) * 1000;
  }

  private void beat() {
    long nowNs = System.nanoTime();
    if (visitor == null) {
      if (nowNs - openedNs > STALE_NS) {
        disconnect(Disconnect.STALE);
      }
    } else if (waitingBytes.get() > 0
        && nowNs - takenNs > TimeUnit.MILLISECONDS.toNanos(service.watching().slowMs())) {
      service.watchers().cut();
      cut(Disconnect.SLOW);
    } else if (nowNs - input.heardNs() > SocketInput.silentNs(beatMs())) {
      cut(Disconnect.NO_PONG);
    } else if (waitingBytes.get() == 0) {
      send(format.write(Reply.getDefaultInstance()));
    }
  }

  /** Whether the client has taken what it was sent, so that channels may send more. */
  boolean isReady() {
    return waitingBytes.get() < service.watching().pageBytes();
  }

  void reply(int id, Reply.Builder reply) {
    if (id != 0) {
      send(format.write(reply.setId(id).build()));
    }
  }

  void error(int id, ErrorReply error) {
    reply(id, Reply.newBuilder().setError(error));
  }

  void push(Reply push) {
    send(format.write(push));
  }

  /** May be called from any thread. */
  private void send(byte[] bytes) {
    // The size of what an object in the writer costs, at least.
    int size = bytes.length + 64;
    if (waitingBytes.getAndAdd(size) == 0) {
      takenNs = System.nanoTime();
    }
    service.watchers().waiting(size);
    if (waitingBytes.get() > MAX_WAITING_BYTES) {
      if (writer.isOpen()) {
        service.watchers().cut();
      }
      cut(Disconnect.SLOW);
    }
    var _ = writer.tryWrite(format.frame(bytes));
    var _ =
        writer
            .whenConsumed()
            .handle((done, cause) -> {
              taken(size);
              return null;
            });
  }

  private void taken(int size) {
    takenNs = System.nanoTime();
    service.watchers().waiting(-size);
    long before = waitingBytes.getAndAdd(-size);
    int enough = service.watching().pageBytes();
    if (before >= enough && before - size < enough) {
      channels.values().forEach(CentrifugeChannel::signal);
    }
  }

  /** What was sent and is not taken yet. */
  long waitingBytes() {
    return waitingBytes.get();
  }

  /** Calls and histories that are not answered yet. */
  int inFlight() {
    return inFlight.get();
  }

  /** Takes a place among the requests under way; false if there is none. */
  boolean begin() {
    if (inFlight.incrementAndGet() > MAX_IN_FLIGHT) {
      inFlight.decrementAndGet();
      return false;
    }
    return true;
  }

  void done() {
    inFlight.decrementAndGet();
  }

  void disconnect(Disconnect why) {
    writer.close(WebSocketCloseStatus.valueOf(why.code), why.reason);
  }

  /** Closes the connection of a client that does not read: it could not be told. */
  private void cut(Disconnect why) {
    disconnect(why);
    writer.abort();
  }

  private void end() {
    heartbeats.cancel(false);
    if (forget != null) {
      forget.run();
    }
    channels.values().forEach(CentrifugeChannel::close);
  }
}
