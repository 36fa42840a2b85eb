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
import io.netty.util.concurrent.EventExecutor;
import io.thalweg.edge.Edge;
import io.thalweg.edge.SocketProtocol.Drain;
import io.thalweg.edge.SocketProtocol.TlsStart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A stream over a connection of its own: RFC 6120. Belongs to the event loop of its channel. */
final class TcpTransport extends ChannelInboundHandlerAdapter
    implements Transport, StanzaReader.Sink {
  private static final Logger LOG = LoggerFactory.getLogger(TcpTransport.class);
  private static final int TLS_HANDSHAKE = 0x16;
  private static final long STANZA_MS = 60_000;
  private static final long CLOSE_MS = 5_000;

  private final Channel channel;
  private final @Nullable TlsStart tls;
  private final XmppConnection connection;
  private StanzaReader reader = new StanzaReader(MAX_EARLY_BYTES);
  private boolean first = true;
  private boolean secured;
  private boolean reading;
  private long withinNs;

  TcpTransport(
      Channel channel, Edge edge, @Nullable TlsStart tls, Sessions sessions, XmppMetrics metrics) {
    this.channel = channel;
    this.tls = tls;
    this.connection = new XmppConnection(this, edge, sessions, metrics);
  }

  @Override
  public EventExecutor loop() {
    return channel.eventLoop();
  }

  @Override
  public boolean isOpen() {
    return channel.isActive();
  }

  @Override
  public boolean mustSecure() {
    return tls != null && !secured;
  }

  @Override
  public void secure() {
    TlsStart starts = tls;
    if (starts != null) {
      secured = true;
      restart(MAX_EARLY_BYTES);
      starts.begin(channel);
    }
  }

  @Override
  public boolean isSlow(long nowNs) {
    return withinNs != 0 && nowNs - withinNs > TimeUnit.MILLISECONDS.toNanos(STANZA_MS);
  }

  // ---------------------------------------------------------------- reading

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    connection.begin();
  }

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
      if (!connection.isOver()) {
        reader.take(ByteBufUtil.getBytes(buffer));
        reads();
      }
    } catch (StreamError e) {
      connection.end(e);
    } finally {
      buffer.release();
    }
  }

  @Override
  public void reads() {
    // What is read may ask for this again: it is being done.
    if (!reading) {
      reading = true;
      try {
        readOn();
      } finally {
        reading = false;
      }
    }
    channel
        .config()
        .setAutoRead(connection.isOver() || (connection.readsOn() && channel.isWritable()));
  }

  private void readOn() {
    try {
      reader.read(this);
    } catch (StreamError e) {
      connection.end(e);
    }
    if (!reader.isWithin()) {
      withinNs = 0;
    } else if (withinNs == 0) {
      withinNs = System.nanoTime();
    }
  }

  @Override
  public boolean readsOn() {
    return connection.readsOn();
  }

  @Override
  public void opened(Element stream) throws StreamError {
    if (!stream.is("stream", Names.STREAMS)) {
      throw new StreamError("invalid-namespace", "a stream must begin as RFC 6120 says");
    }
    connection.opened(stream.get("to", ""), stream.get("version", ""));
  }

  @Override
  public void stanza(Element stanza) throws StreamError {
    connection.stanza(stanza);
  }

  @Override
  public void closed() {
    connection.closed();
  }

  @Override
  public void restart(int maxStanzaBytes) {
    reader = new StanzaReader(maxStanzaBytes);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    reads();
    ctx.fireChannelWritabilityChanged();
  }

  // ---------------------------------------------------------------- writing

  @Override
  public void open(String domain, String id) {
    StringBuilder out = new StringBuilder("<?xml version='1.0'?><stream:stream from='");
    Element.escape(out, domain);
    out.append("' id='")
        .append(id)
        .append("' version='1.0' xml:lang='en' xmlns='jabber:client' xmlns:stream='")
        .append(Names.STREAMS)
        .append("'>");
    write(out.toString(), null);
  }

  @Override
  public void write(String xml, @Nullable Runnable arrived) {
    var done = channel.writeAndFlush(Unpooled.copiedBuffer(xml, StandardCharsets.UTF_8));
    if (arrived != null) {
      done.addListener(future -> {
        if (future.isSuccess()) {
          arrived.run();
        }
      });
    }
  }

  @Override
  public void close() {
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
                CLOSE_MS,
                TimeUnit.MILLISECONDS);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == Drain.DRAIN) {
      connection.end(new StreamError("system-shutdown", "the node stops"));
    } else if (event instanceof IdleStateEvent idle && idle.isFirst() && connection.isBound()) {
      connection.silent();
    } else if (event == ChannelInputShutdownEvent.INSTANCE) {
      connection.finished();
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    connection.lost();
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
