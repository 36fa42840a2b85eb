package io.thalweg.messaging.xmpp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.concurrent.ScheduledFuture;
import io.thalweg.edge.Edge;
import io.thalweg.edge.SocketProtocol.Drain;
import io.thalweg.edge.SocketProtocol.TlsStart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: its streams, one after the other, and when its client has signed in and has a
 * resource, its {@link ClientSession}. All of it belongs to the event loop, but for {@link #write}
 * and {@link #fail}.
 */
final class XmppConnection extends ChannelInboundHandlerAdapter implements StanzaReader.Sink {
  private static final Logger LOG = LoggerFactory.getLogger(XmppConnection.class);
  private static final int MAX_STANZA_BYTES = 256 << 10;
  private static final int MAX_EARLY_BYTES = 16 << 10;
  private static final int TLS_HANDSHAKE = 0x16;
  private static final long SIGN_IN_MS = 30_000;
  private static final long STANZA_MS = 60_000;
  private static final long LOOK_MS = 5_000;

  private final Channel channel;
  private final @Nullable TlsStart tls;
  private final XmppMetrics metrics;
  private final Negotiation negotiation;
  private final long openedNs = System.nanoTime();
  private StanzaReader reader = new StanzaReader(MAX_EARLY_BYTES);
  private @Nullable ClientSession session;
  private @Nullable ScheduledFuture<?> looks;
  private boolean first = true;
  private boolean secured;
  private boolean headed;
  private boolean waits;
  private boolean ended;
  private boolean held;
  private long withinNs;

  XmppConnection(
      Channel channel, Edge edge, @Nullable TlsStart tls, Sessions sessions, XmppMetrics metrics) {
    this.channel = channel;
    this.tls = tls;
    this.metrics = metrics;
    this.negotiation = new Negotiation(this, edge, sessions, metrics);
  }

  Channel channel() {
    return channel;
  }

  /** Whether the client must begin TLS before anything else. */
  boolean mustSecure() {
    return tls != null && !secured;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    looks =
        channel
            .eventLoop()
            .scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
  }

  /** Closes a connection whose client takes too long to sign in, or to end a stanza. */
  private void look() {
    long nowNs = System.nanoTime();
    boolean late = session == null && nowNs - openedNs > TimeUnit.MILLISECONDS.toNanos(SIGN_IN_MS);
    boolean slow = withinNs != 0 && nowNs - withinNs > TimeUnit.MILLISECONDS.toNanos(STANZA_MS);
    if (!ended && (late || slow)) {
      metrics.slow.increment();
      end(
          new StreamError(
              "connection-timeout", late ? "sign in sooner" : "a stanza took too long"));
    }
  }

  // ---------------------------------------------------------------- reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf buffer = (ByteBuf) message;
    if (first && buffer.isReadable()) {
      first = false;
      TlsStart starts = tls;
      if (starts != null && buffer.getUnsignedByte(buffer.readerIndex()) == TLS_HANDSHAKE) {
        secured = true;
        starts.begin(channel);
        channel.pipeline().fireChannelRead(buffer);
        return;
      }
    }
    try {
      if (!ended) {
        reader.take(ByteBufUtil.getBytes(buffer));
        readOn();
      }
    } catch (StreamError e) {
      end(e);
    } finally {
      buffer.release();
    }
  }

  private void readOn() {
    StanzaReader used = reader;
    try {
      used.read(this);
    } catch (StreamError e) {
      end(e);
    }
    if (!reader.isWithin()) {
      withinNs = 0;
    } else if (withinNs == 0) {
      withinNs = System.nanoTime();
    }
    reads();
  }

  @Override
  public boolean readsOn() {
    return !ended && !waits && !held;
  }

  @Override
  public void opened(Element stream) throws StreamError {
    if (!stream.is("stream", Names.STREAMS)) {
      throw new StreamError("invalid-namespace", "a stream must begin as RFC 6120 says");
    }
    String to = stream.get("to", "");
    if (!Jid.isDomain(to)) {
      throw new StreamError("host-unknown", "a stream must say 'to' which server it is");
    }
    header(to);
    if (!stream.get("version", "").startsWith("1.")) {
      throw new StreamError("unsupported-version", "the version here is 1.0");
    }
    negotiation.opened(to);
  }

  private void header(String domain) {
    headed = true;
    StringBuilder out = new StringBuilder("<?xml version='1.0'?><stream:stream from='");
    Element.escape(out, domain);
    out.append("' id='")
        .append(Negotiation.drawn())
        .append("' version='1.0' xml:lang='en' xmlns='jabber:client' xmlns:stream='")
        .append(Names.STREAMS)
        .append("'>");
    writeNow(out.toString());
  }

  @Override
  public void stanza(Element stanza) throws StreamError {
    ClientSession bound = session;
    if (bound != null) {
      metrics.stanzas.increment();
      bound.received(stanza);
    } else {
      negotiation.received(stanza);
    }
  }

  @Override
  public void closed() {
    ClientSession bound = session;
    if (bound != null) {
      bound.closedByClient();
    }
    close();
  }

  /** Nothing more is read until {@link #goOn}: what was read is being looked at. */
  void pause() {
    waits = true;
    reads();
  }

  /** Reads on, unless the connection is gone. On the event loop. */
  void goOn() {
    waits = false;
    if (!ended) {
      readOn();
    }
  }

  /** The client begins a new stream on this connection. */
  void restart(boolean signedIn) {
    reader = new StanzaReader(signedIn ? MAX_STANZA_BYTES : MAX_EARLY_BYTES);
    headed = false;
  }

  /** Goes over to TLS. What the client sent ahead in clear text is dropped. */
  void secure() {
    TlsStart starts = tls;
    if (starts != null) {
      secured = true;
      restart(false);
      starts.begin(channel);
    }
  }

  void bound(ClientSession to) {
    session = to;
  }

  boolean isGone() {
    return ended || !channel.isActive();
  }

  /** Whether the session has too much to do to be read on. From any thread. */
  void hold(boolean wanted) {
    channel
        .eventLoop()
        .execute(() -> {
          if (held != wanted) {
            held = wanted;
            if (!held && !ended && !waits) {
              readOn();
            } else {
              reads();
            }
          }
        });
  }

  private void reads() {
    channel.config().setAutoRead(ended || (!waits && !held && channel.isWritable()));
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    reads();
    ctx.fireChannelWritabilityChanged();
  }

  // ---------------------------------------------------------------- writing

  /** Writes while the stream is negotiated; on the event loop. */
  void writeNow(String xml) {
    var _ = channel.writeAndFlush(Unpooled.copiedBuffer(xml, StandardCharsets.UTF_8));
  }

  /**
   * Writes, in the order in which it is called, whatever the thread.
   *
   * @param written runs on the event loop when the connection has taken it
   */
  void write(String xml, @Nullable Runnable written) {
    channel
        .eventLoop()
        .execute(() -> {
          var done = channel.writeAndFlush(Unpooled.copiedBuffer(xml, StandardCharsets.UTF_8));
          if (written != null) {
            done.addListener(future -> {
              if (future.isSuccess()) {
                written.run();
              }
            });
          }
        });
  }

  /** Ends the stream with an error. From any thread; the session hears of it as of a lost one. */
  void fail(StreamError error) {
    channel.eventLoop().execute(() -> end(error));
  }

  private void end(StreamError error) {
    if (ended) {
      return;
    }
    metrics.ended(error.condition());
    if (!headed) {
      header(negotiation.domain());
    }
    writeNow(error.element().xml());
    close();
  }

  private void close() {
    if (!ended) {
      ended = true;
      reads();
      var _ =
          channel
              .writeAndFlush(Unpooled.copiedBuffer("</stream:stream>", StandardCharsets.UTF_8))
              .addListener(ChannelFutureListener.CLOSE);
      // A client that takes nothing does not keep it open.
      var _ =
          channel
              .eventLoop()
              .schedule(
                  () -> {
                    var _ = channel.close();
                  },
                  LOOK_MS,
                  TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    ClientSession bound = session;
    if (event == Drain.DRAIN) {
      end(new StreamError("system-shutdown", "the node stops"));
    } else if (event instanceof IdleStateEvent idle && idle.isFirst() && bound != null) {
      bound.ask();
    } else if (event == ChannelInputShutdownEvent.INSTANCE) {
      close();
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ended = true;
    ScheduledFuture<?> open = looks;
    if (open != null) {
      open.cancel(false);
    }
    ClientSession bound = session;
    if (bound != null) {
      bound.lost(this);
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.warn("a connection failed", cause);
    }
    var _ = ctx.close();
  }
}
