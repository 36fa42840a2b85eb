package io.thalweg.gateway;

import com.linecorp.armeria.common.util.EventLoopGroups;
import com.linecorp.armeria.common.util.TransportType;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.thalweg.edge.Edge;
import io.thalweg.edge.SocketProtocol.Drain;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A port on which a service's own protocol is spoken: accepts connections, bounds and counts them,
 * closes those that are idle. A connection belongs to one event loop.
 */
final class SocketPort {
  private static final int BACKLOG = 1024;
  private static final int READ_ON_BYTES = 128 << 10;
  private static final int STOP_READING_BYTES = 256 << 10;

  private final EventLoopGroup loops;
  private final Channel listening;
  private final ChannelGroup connections;

  private SocketPort(EventLoopGroup loops, Channel listening, ChannelGroup connections) {
    this.loops = loops;
    this.listening = listening;
    this.connections = connections;
  }

  /**
   * Opens the port.
   *
   * @throws PortTakenException if it cannot be had
   */
  static SocketPort open(
      ProtocolPort what,
      Edge edge,
      @Nullable SocketTls tls,
      AddressConnections addresses,
      GatewayOptions options) {
    String name = what.protocol().name();
    EventLoopGroup loops =
        EventLoopGroups.newEventLoopGroup(what.eventLoops(), "thalweg-" + name, true);
    ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    ServerBootstrap server =
        new ServerBootstrap()
            .group(loops)
            .channel(TransportType.serverChannelType(loops))
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(READ_ON_BYTES, STOP_READING_BYTES))
            .childHandler(
                new Connection(what, edge, tls, addresses, options.maxConnections(), connections));
    ChannelFuture bound = server.bind(new InetSocketAddress(options.bind(), what.port()));
    bound.awaitUninterruptibly();
    Throwable problem = bound.cause();
    if (problem != null) {
      var _ = loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
      throw new PortTakenException(options.bind(), what.port(), name, problem);
    }
    return new SocketPort(loops, bound.channel(), connections);
  }

  EventLoopGroup loops() {
    return loops;
  }

  int port() {
    return ((InetSocketAddress) listening.localAddress()).getPort();
  }

  /** Accepts no more connections, and tells those that are open to end. */
  void drain() {
    var _ = listening.close();
    connections.forEach(connection -> connection.pipeline().fireUserEventTriggered(Drain.DRAIN));
  }

  boolean isEmpty() {
    return connections.isEmpty();
  }

  /** Cuts what is still open. */
  void close() {
    var _ = connections.close();
    var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** Sets up each connection. */
  private static final class Connection extends ChannelInitializer<Channel> {
    private final ProtocolPort what;
    private final Edge edge;
    private final @Nullable SocketTls tls;
    private final AddressConnections addresses;
    private final OpenConnections open;
    private final ChannelGroup connections;

    Connection(
        ProtocolPort what,
        Edge edge,
        @Nullable SocketTls tls,
        AddressConnections addresses,
        int maxConnections,
        ChannelGroup connections) {
      this.what = what;
      this.edge = edge;
      this.tls = tls;
      this.addresses = addresses;
      this.connections = connections;
      this.open = new OpenConnections(what.protocol().name(), maxConnections, edge.meters());
    }

    @Override
    public boolean isSharable() {
      return true;
    }

    @Override
    protected void initChannel(Channel channel) throws SSLException {
      if (edge.draining()) {
        open.refuse(channel);
        return;
      }
      if (!open.accept(channel)) {
        return;
      }
      connections.add(channel);
      addresses.accept(channel);
      SocketTls secured = tls;
      boolean startsItself = what.protocol().startsTls();
      if (secured != null && !startsItself) {
        channel.pipeline().addLast(secured.handler(channel.alloc()));
      }
      channel
          .pipeline()
          .addLast(
              new IdleStateHandler(edge.bounds().idleTimeoutMs(), 0, 0, TimeUnit.MILLISECONDS));
      if (startsItself) {
        what.protocol().attach(channel, edge, secured == null ? null : secured::begin);
      } else {
        what.protocol().attach(channel, edge);
      }
      channel.pipeline().addLast(IdleEnd.INSTANCE);
    }
  }

  /**
   * Closes a connection that has been idle for too long, or whose client sends no more, if its
   * protocol has not taken that upon itself.
   */
  private static final class IdleEnd extends ChannelInboundHandlerAdapter {
    private static final IdleEnd INSTANCE = new IdleEnd();

    @Override
    public boolean isSharable() {
      return true;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof IdleStateEvent || event == ChannelInputShutdownEvent.INSTANCE) {
        var _ = ctx.close();
      } else {
        ctx.fireUserEventTriggered(event);
      }
    }
  }
}
