package io.thalweg.gateway;

import com.google.rpc.Code;
import com.linecorp.armeria.common.websocket.WebSocketCloseStatus;
import com.linecorp.armeria.common.websocket.WebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.WatchStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A watch over a WebSocket (RFC 6455), for browsers too. Each message is a JSON object {@code
 * {"id":position,"event":name,"data":item}}; the first one is the event {@code opened}, whose id is
 * the position where the watch begins. What goes wrong is a last event {@code error}, whose data is
 * the error as over HTTP, and then the close code says what to do: 1001 the server goes down, come
 * back; 1013 come back later; 1008 not before the request is another one; 1011 a fault of this
 * server.
 */
final class SocketTransport extends StreamTransport<WebSocketFrame> {
  /** Bytes of a frame beside its payload, and of the object in it beside the item. */
  private static final int FRAME_BYTES = 64;

  private static final WebSocketFrame PING = WebSocketFrame.ofPing();

  private final WebSocketWriter writer;
  private final WatchMethod method;
  private final Watchers watchers;
  private final long silentNs;
  private @Nullable SocketInput input;

  SocketTransport(
      WebSocketWriter writer,
      WatchMethod method,
      MethodMetrics metrics,
      Watchers watchers,
      GatewayOptions options,
      ServiceRequestContext ctx) {
    super(writer, metrics, watchers, options, ctx.eventLoop().withoutContext());
    this.writer = writer;
    this.method = method;
    this.watchers = watchers;
    this.silentNs = SocketInput.silentNs(options.heartbeatMs());
  }

  /** Reads what the client sends, which may be nothing but control frames. */
  SocketInput input() {
    SocketInput reading =
        new SocketInput(writer, watchers) {
          @Override
          void message(byte[] bytes, boolean text) {
            leave(
                Failure.of(
                    Code.INVALID_ARGUMENT,
                    "a watch takes no messages from its client; close it to end it"));
          }

          @Override
          void gone() {
            leave(null);
          }
        };
    input = reading;
    return reading;
  }

  @Override
  public void opened(Position from) {
    var _ = writer.tryWrite(frame(from.toString(), "opened", new byte[] {'{', '}'}));
  }

  @Override
  @Nullable WebSocketFrame heartbeat() {
    SocketInput reading = input;
    if (reading != null
        && System.nanoTime() - reading.heardNs() > silentNs
        && tookForNs() > silentNs) {
      leave(Failure.of(Code.UNAVAILABLE, "no pong came"));
      return null;
    }
    return PING;
  }

  @Override
  int write(WatchStream.Item item) {
    byte[] json = method.json(item);
    var _ = writer.tryWrite(frame(item.position().toString(), method.eventName(item), json));
    return json.length + FRAME_BYTES;
  }

  @Override
  void writeAdded() {
    // Each is a frame of its own.
  }

  private static WebSocketFrame frame(@Nullable String id, String event, byte[] data) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(data.length + FRAME_BYTES);
    // Neither a position nor a name of a contract has anything to escape.
    String head = (id == null ? "{" : "{\"id\":\"" + id + "\",") + "\"event\":\"" + event;
    bytes.writeBytes((head + "\",\"data\":").getBytes(StandardCharsets.UTF_8));
    bytes.writeBytes(data);
    bytes.write('}');
    return WebSocketFrame.ofText(bytes.toByteArray());
  }

  @Override
  void writeEnd(@Nullable Failure reason, @Nullable Position at) {
    if (reason == null) {
      writer.close();
      return;
    }
    byte[] body = ErrorResponses.body(HttpCodes.status(reason.code()), reason.status());
    var _ = writer.tryWrite(frame(at == null ? null : at.toString(), "error", body));
    writer.close(closeStatus(reason, watchers.ending()), SocketClose.reason(reason));
  }

  private static WebSocketCloseStatus closeStatus(Failure reason, boolean goingAway) {
    return switch (reason.code()) {
      case UNAVAILABLE, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED, ABORTED ->
          goingAway
              ? WebSocketCloseStatus.ENDPOINT_UNAVAILABLE
              : WebSocketCloseStatus.TRY_AGAIN_LATER;
      case UNKNOWN, INTERNAL, DATA_LOSS, UNRECOGNIZED -> WebSocketCloseStatus.INTERNAL_SERVER_ERROR;
      default -> WebSocketCloseStatus.POLICY_VIOLATION;
    };
  }

  @Override
  void abort() {
    writer.abort();
  }
}
