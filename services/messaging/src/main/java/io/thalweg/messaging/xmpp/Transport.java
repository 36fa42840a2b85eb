package io.thalweg.messaging.xmpp;

import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/**
 * How the stream of one client is carried: what {@link XmppConnection} says becomes bytes here, and
 * what comes is told to it. There is one for each binding, and none knows of the others. Everything
 * is called on {@link #loop}, and so is what it calls.
 */
interface Transport {
  /** The most that a stanza may have, in bytes, once the client has signed in. */
  int MAX_STANZA_BYTES = 256 << 10;

  /** The same of what comes before. */
  int MAX_EARLY_BYTES = 16 << 10;

  /** Where the stream lives. It outlives the connection. */
  EventExecutor loop();

  /** Whether the client can still be told something. */
  boolean isOpen();

  /** Whether the client must begin TLS before anything else. */
  default boolean mustSecure() {
    return false;
  }

  /** Goes over to TLS. What the client sent ahead in clear text is dropped. */
  default void secure() {}

  /** Whether streams can be managed and resumed here (XEP-0198). */
  default boolean isManaged() {
    return true;
  }

  /** Whether what the client has begun to say takes too long to come. */
  default boolean isSlow(long nowNs) {
    return false;
  }

  /** Begins a stream, from this side. */
  void open(String domain, String id);

  /** The client begins a new stream where the one before was; so large its stanzas may be. */
  void restart(int maxStanzaBytes);

  /**
   * Says a child of the stream.
   *
   * @param xml within a stream whose default namespace is that of stanzas; see {@link Element#xml}
   * @param arrived runs, later or at once, when as much is known of it as can be here; null:
   *     nothing does
   */
  void write(String xml, @Nullable Runnable arrived);

  /** Whether more is to be read may be answered otherwise: {@link XmppConnection#readsOn}. */
  void reads();

  /** Ends the stream, after what was written, and then the connection. */
  void close();
}
