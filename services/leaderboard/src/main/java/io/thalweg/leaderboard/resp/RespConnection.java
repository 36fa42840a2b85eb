package io.thalweg.leaderboard.resp;

import com.google.protobuf.Message;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.edge.SocketProtocol.Drain;
import io.thalweg.runtime.Failure;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection. All of it belongs to its event loop, but for {@link #completed}.
 *
 * <p>Commands are submitted as they are read, many at a time; their replies wait in a row and leave
 * in order, as many as there are with one write. At {@link #MAX_WEIGHT} in the row, or when the
 * client does not take its replies, nothing more is read until there is room.
 */
final class RespConnection extends ChannelInboundHandlerAdapter {
  /** Commands on their way; those whose reply may be large weigh more. */
  static final int MAX_WEIGHT = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(RespConnection.class);
  private static final long FIRST_PAUSE_MS = 2;
  private static final long MAX_PAUSE_MS = 100;

  private final long id;
  private final Channel channel;
  private final Edge edge;
  private final RespMetrics metrics;
  private final CommandReader reader;
  private final Arguments arguments = new Arguments();
  private final ReplyWriter writer = new ReplyWriter();
  private final ArrayDeque<Pending> row = new ArrayDeque<>();
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final Runnable drain = this::drain;

  private Session session;
  private String clientName = "";
  private @Nullable ByteBuf in;
  private int weight;
  // No command is read while one before it changes what the next ones mean.
  private boolean held;
  private boolean reading;
  private boolean ending;
  // The client sends no more; what it has sent is answered.
  private boolean finished;
  private boolean reads = true;
  private @Nullable Runnable whenSettled;
  // Set while a request is being submitted; other threads only compare it with their own.
  private volatile @Nullable Pending offered;
  private long nowNs;
  private final SlowClient slowClient;

  RespConnection(long id, Channel channel, Edge edge, RespMetrics metrics) {
    this.id = id;
    this.channel = channel;
    this.edge = edge;
    this.metrics = metrics;
    this.reader = new CommandReader(edge.bounds().maxMessageBytes());
    this.session = edge.anonymous();
    this.slowClient =
        new SlowClient(channel.eventLoop(), edge.bounds().requestTimeoutMs(), this::cut);
  }

  /** The client began a command and did not end it in time, or took nothing of its replies. */
  private void cut(SlowClient.Reason why) {
    metrics.slow.increment();
    switch (why) {
      case COMMAND -> {
        error(
            "ERR Protocol error: a command must be sent within "
                + edge.bounds().requestTimeoutMs()
                + " ms");
        // Who does not take that either is cut.
        slowClient.waitsForReplies(true);
        end();
      }
      case REPLIES -> {
        var _ = channel.close();
      }
    }
  }

  long id() {
    return id;
  }

  boolean version3() {
    return writer.version3();
  }

  /** From the next reply on. Replies that wait in the row are written first. */
  void version3(boolean value) {
    writer.version3(value);
  }

  String clientName() {
    return clientName;
  }

  void clientName(String name) {
    clientName = name;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (ending) {
      bytes.release();
      return;
    }
    ByteBuf before = in;
    in =
        before == null
            ? bytes
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), before, bytes);
    read();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    drain();
  }

  /** Reads and runs commands as long as there are any and there is room. */
  private void read() {
    nowNs = System.nanoTime();
    reading = true;
    try {
      ByteBuf bytes = in;
      while (bytes != null && !held && !ending && hasRoom()) {
        Arguments command = reader.next(bytes, arguments);
        if (command == null) {
          slowClient.waitsForCommand(bytes.isReadable());
          break;
        }
        slowClient.waitsForCommand(false);
        run(command);
      }
    } catch (ProtocolError e) {
      metrics.protocolErrors.increment();
      error("ERR " + e.getMessage());
      end();
    } finally {
      reading = false;
    }
    tidy();
  }

  private void tidy() {
    ByteBuf bytes = in;
    if (bytes == null) {
      return;
    }
    if (ending || !bytes.isReadable()) {
      in = null;
      bytes.release();
    } else {
      bytes.discardSomeReadBytes();
    }
  }

  private boolean hasRoom() {
    return weight < MAX_WEIGHT && channel.isWritable();
  }

  private void run(Arguments command) {
    metrics.commands.increment();
    try {
      CommandTable.run(this, command);
    } catch (BadCommand e) {
      error(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("a command failed", e);
      error("ERR internal error");
    }
  }

  /** Submits a request; its reply takes the next place in the row. */
  void submit(Message request, Encoder encoder) {
    submit(request, encoder, 1);
  }

  void submit(Message request, Encoder encoder, int requestWeight) {
    Pending pending = append(encoder, requestWeight);
    offer(request, pending, deadlineNs(), FIRST_PAUSE_MS);
  }

  /**
   * Offers a request to the node. If that is busy the connection waits and offers it again, as a
   * client of Redis expects: nothing behind it is read meanwhile, which the client feels in its
   * socket. After the time of a request it is refused.
   */
  private void offer(Message request, Pending pending, long deadlineNs, long pauseMs) {
    offered = pending;
    session.submit(request, null, deadlineNs, pending);
    offered = null;
    if (!pending.isBusy()) {
      return;
    }
    if (ending || System.nanoTime() - deadlineNs >= 0) {
      pending.refuse();
      return;
    }
    metrics.waits.increment();
    held = true;
    var _ =
        channel
            .eventLoop()
            .schedule(
                () -> offerAgain(request, pending, deadlineNs, Math.min(2 * pauseMs, MAX_PAUSE_MS)),
                pauseMs,
                TimeUnit.MILLISECONDS);
  }

  private void offerAgain(Message request, Pending pending, long deadlineNs, long pauseMs) {
    if (!channel.isActive()) {
      return;
    }
    held = false;
    offer(request, pending, deadlineNs, pauseMs);
    drain();
  }

  /** Whether this answer comes while its request is being offered, on the event loop. */
  boolean isOffering(Pending pending) {
    return offered == pending && channel.eventLoop().inEventLoop();
  }

  /** The next place in the row, for an answer that the caller completes. */
  Pending append(Encoder encoder, int requestWeight) {
    Pending pending = new Pending(this, encoder, requestWeight);
    row.add(pending);
    weight += requestWeight;
    return pending;
  }

  Session session() {
    return session;
  }

  long deadlineNs() {
    return nowNs + TimeUnit.MILLISECONDS.toNanos(edge.bounds().requestTimeoutMs());
  }

  /** Replies with what is known at once, in its turn. */
  void reply(Consumer<ReplyWriter> reply) {
    if (row.isEmpty()) {
      reply.accept(writer());
    } else {
      append((writer, none) -> reply.accept(writer), 1).complete(Nothing.MESSAGE);
    }
  }

  void error(String text) {
    metrics.errors.increment();
    reply(writer -> writer.error(text));
  }

  /** Replies OK, then closes. */
  void quit() {
    reply(ReplyWriter::ok);
    end();
  }

  /** Takes no more commands, and closes once the row is empty. */
  private void end() {
    ending = true;
    if (!reading) {
      drain();
    }
  }

  /**
   * Proves who the client is. Commands behind this one wait for the outcome.
   *
   * @param done is called on the event loop: with null if it went well
   */
  void authenticate(Credentials credentials, Consumer<@Nullable Failure> done) {
    held = true;
    var _ =
        edge.authenticateAsync(credentials)
            .whenComplete((authenticated, problem) ->
                channel.eventLoop().execute(() -> authenticated(authenticated, problem, done)));
  }

  private void authenticated(
      @Nullable Session found, @Nullable Throwable problem, Consumer<@Nullable Failure> done) {
    held = false;
    if (found != null) {
      session = found;
      done.accept(null);
    } else {
      done.accept(Failure.of(problem, "authentication failed"));
    }
    read();
    drain();
  }

  /**
   * Runs something when all commands before it are answered, at once if they are. Commands behind
   * it wait.
   */
  void settled(Runnable action) {
    if (row.isEmpty()) {
      action.run();
    } else {
      held = true;
      whenSettled = action;
    }
  }

  /** The client is nobody in particular again. */
  void forget() {
    session = edge.anonymous();
    clientName = "";
    writer.version3(false);
  }

  /** An answer has come. Any thread. */
  void completed() {
    if (!signalled.get() && signalled.compareAndSet(false, true)) {
      try {
        channel.eventLoop().execute(drain);
      } catch (RejectedExecutionException e) {
        // The gateway is closed: there is nobody left to answer.
        LOG.debug("connection {} is gone", id, e);
      }
    }
  }

  /** Writes the replies whose turn has come, then reads on if there is room again. */
  private void drain() {
    signalled.set(false);
    do {
      write();
      Runnable next = whenSettled;
      if (next != null && row.isEmpty()) {
        whenSettled = null;
        held = false;
        next.run();
      }
      if (ending && row.isEmpty()) {
        close();
        return;
      }
      if (in != null && !held && !ending && hasRoom()) {
        read();
      } else {
        break;
      }
    } while (headIsDone() || writer.size() > 0);
    if (finished && row.isEmpty() && !held && hasRoom()) {
      close();
      return;
    }
    autoRead(!ending && !held && hasRoom());
  }

  private void autoRead(boolean wanted) {
    if (wanted != reads) {
      reads = wanted;
      channel.config().setAutoRead(wanted);
    }
  }

  private boolean headIsDone() {
    Pending head = row.peek();
    return head != null && head.isDone();
  }

  private void write() {
    Pending head = row.peek();
    while (head != null && head.isDone()) {
      row.poll();
      weight -= head.weight();
      if (head.failed()) {
        metrics.errors.increment();
      }
      head.write(writer());
      head = row.peek();
    }
    int size = writer.size();
    if (size > 0) {
      ByteBuf bytes = channel.alloc().ioBuffer(size);
      writer.moveTo(bytes);
      var _ = channel.writeAndFlush(bytes, channel.voidPromise());
    }
  }

  /** Where the reply whose turn it is goes. */
  ReplyWriter writer() {
    return writer;
  }

  private void close() {
    var _ = channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    slowClient.waitsForReplies(!channel.isWritable());
    if (channel.isWritable()) {
      drain();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == Drain.DRAIN) {
      end();
    } else if (event == ChannelInputShutdownEvent.INSTANCE) {
      finished = true;
      drain();
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ending = true;
    held = false;
    slowClient.gone();
    row.clear();
    tidy();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.warn("connection {} failed", id, cause);
    }
    var _ = ctx.close();
  }
}
