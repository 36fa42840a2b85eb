package io.thalweg.docs.live;

import io.thalweg.docs.yjs.ByteReader;
import io.thalweg.docs.yjs.ByteWriter;
import io.thalweg.docs.yjs.MalformedUpdateException;
import io.thalweg.edge.WebSocketHandler;
import io.thalweg.edge.WebSocketPeer;
import io.thalweg.runtime.Failure;
import org.jspecify.annotations.Nullable;

/**
 * A connection of y-websocket: one document. Its updates have no acknowledgement; where one is
 * refused for another reason than that the client may only read, the connection is closed, and the
 * client sends it again with the next one.
 */
final class YjsConnection implements WebSocketHandler, LiveDocument.Output {
  private static final int SYNC = 0;
  private static final int AWARENESS = 1;
  private static final int AUTH = 2;
  private static final int DENIED = 0;
  private static final int QUERY_AWARENESS = 3;

  /** Clients take closes from 4400 to 4499 for final, and do not come back by themselves. */
  private static final int GONE = 4410;

  /** An awareness update of no clients: the client hangs up when it hears nothing for 30 s. */
  private static final byte[] KEEP_ALIVE = {AWARENESS, 1, 0};

  private final Rooms rooms;
  private final WebSocketPeer peer;
  private final long requestTimeoutMs;
  private @Nullable LiveDocument live;

  YjsConnection(Rooms rooms, WebSocketPeer peer, long requestTimeoutMs) {
    this.rooms = rooms;
    this.peer = peer;
    this.requestTimeoutMs = requestTimeoutMs;
  }

  private LiveDocument live() {
    LiveDocument open = live;
    if (open == null) {
      String document = DocumentNames.check(peer.subpath());
      open = LiveDocument.open(rooms, peer.session(), document, requestTimeoutMs, this);
      live = open;
    }
    return open;
  }

  @Override
  public void message(byte[] bytes, boolean text) {
    LiveDocument open = live();
    ByteReader reader = new ByteReader(bytes);
    try {
      switch ((int) reader.readVarUint()) {
        case SYNC -> open.sync(reader);
        case AWARENESS -> open.awareness(reader.readBytes());
        case QUERY_AWARENESS -> open.queryAwareness();
        default -> {
          // Kinds of their own, which other servers pass on, and 'auth', which has nothing for us.
        }
      }
    } catch (MalformedUpdateException e) {
      throw Failure.invalid("message", "must be one of y-websocket: " + e.getMessage());
    }
  }

  @Override
  public void work() {
    live().work();
  }

  @Override
  public void beat() {
    live().beat();
    peer.send(KEEP_ALIVE);
  }

  @Override
  public boolean readsOn() {
    return live().readsOn();
  }

  @Override
  public void closed() {
    if (live != null) {
      live.close();
    }
  }

  @Override
  public void sync(ByteWriter message) {
    send(SYNC, message.toBytes());
  }

  @Override
  public void awareness(byte[] update) {
    send(AWARENESS, new ByteWriter().writeBytes(update).toBytes());
  }

  private void send(int kind, byte[] rest) {
    byte[] message = new byte[rest.length + 1];
    message[0] = (byte) kind;
    System.arraycopy(rest, 0, message, 1, rest.length);
    peer.send(message);
  }

  @Override
  public void answered(boolean accepted) {
    // The protocol has no word for it.
  }

  @Override
  public void gone(String reason) {
    peer.send(
        new ByteWriter().writeVarUint(AUTH).writeVarUint(DENIED).writeString(reason).toBytes());
    peer.close(GONE, reason);
  }

  @Override
  public boolean isReady() {
    return peer.waitingBytes() < LiveBounds.PAGE_BYTES;
  }

  @Override
  public void signal() {
    peer.signal();
  }
}
