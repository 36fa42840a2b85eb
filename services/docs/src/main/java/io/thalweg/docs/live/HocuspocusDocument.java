package io.thalweg.docs.live;

import io.thalweg.docs.yjs.ByteReader;
import io.thalweg.docs.yjs.ByteWriter;
import io.thalweg.edge.WebSocketPeer;
import org.jspecify.annotations.Nullable;

/** One document on a connection of Hocuspocus: its messages begin with the document's name. */
final class HocuspocusDocument implements LiveDocument.Output {
  static final int AUTH = 2;
  static final int TOKEN = 0;
  private static final int SYNC = 0;
  private static final int AWARENESS = 1;
  private static final int QUERY_AWARENESS = 3;
  private static final int SYNC_STATUS = 8;
  private static final int DENIED = 1;
  private static final int AUTHENTICATED = 2;

  /** Why a client is denied a document that was deleted. */
  static final String DELETED = "document-deleted";

  private final String key;
  private final WebSocketPeer peer;
  private @Nullable LiveDocument live;
  private boolean gone;

  HocuspocusDocument(String key, WebSocketPeer peer) {
    this.key = key;
    this.peer = peer;
  }

  /**
   * The name of a document. Several providers of one connection may open the same one: then a zero
   * and what tells them apart stand behind it.
   */
  static String nameOf(String key) {
    int end = key.indexOf('\0');
    return end < 0 ? key : key.substring(0, end);
  }

  void open(LiveDocument opened) {
    live = opened;
  }

  private LiveDocument live() {
    if (live == null) {
      throw new IllegalStateException("not open");
    }
    return live;
  }

  void message(int kind, ByteReader reader) {
    switch (kind) {
      case SYNC -> live().sync(reader);
      case AWARENESS -> live().awareness(reader.readBytes());
      case QUERY_AWARENESS -> live().queryAwareness();
      default -> {
        // Stateless messages are for hooks of the other server.
      }
    }
  }

  void authenticated(String scope) {
    peer.send(begin(AUTH).writeVarUint(AUTHENTICATED).writeString(scope).toBytes());
  }

  void denied(String reason) {
    peer.send(begin(AUTH).writeVarUint(DENIED).writeString(reason).toBytes());
  }

  /** The client was told that the document was deleted. */
  boolean isGone() {
    return gone;
  }

  @Override
  public void gone(String reason) {
    gone = true;
    denied(DELETED);
  }

  private ByteWriter begin(int kind) {
    return new ByteWriter().writeString(key).writeVarUint(kind);
  }

  @Override
  public void sync(ByteWriter message) {
    byte[] head = begin(SYNC).toBytes();
    byte[] rest = message.toBytes();
    byte[] whole = new byte[head.length + rest.length];
    System.arraycopy(head, 0, whole, 0, head.length);
    System.arraycopy(rest, 0, whole, head.length, rest.length);
    peer.send(whole);
  }

  @Override
  public void awareness(byte[] update) {
    peer.send(begin(AWARENESS).writeBytes(update).toBytes());
  }

  @Override
  public void answered(boolean accepted) {
    // A signed number of lib0, of one byte.
    peer.send(begin(SYNC_STATUS).writeByte(accepted ? 1 : 0).toBytes());
  }

  @Override
  public boolean isReady() {
    return peer.waitingBytes() < LiveBounds.PAGE_BYTES;
  }

  @Override
  public void signal() {
    peer.signal();
  }

  void work() {
    live().work();
  }

  void beat() {
    live().beat();
  }

  boolean readsOn() {
    return live().readsOn();
  }

  void close() {
    if (live != null) {
      live.close();
    }
  }
}
