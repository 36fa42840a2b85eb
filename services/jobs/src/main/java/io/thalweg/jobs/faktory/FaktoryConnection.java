package io.thalweg.jobs.faktory;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.edge.SocketProtocol.Drain;
import io.thalweg.runtime.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: a line is a command, and has one reply, in order. One command at a time is
 * executed; those that a client sends ahead wait here, {@value #MAX_AHEAD} at the most. All of it
 * belongs to the event loop.
 */
final class FaktoryConnection extends SimpleChannelInboundHandler<ByteBuf> {
  private static final Logger LOG = LoggerFactory.getLogger(FaktoryConnection.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_AHEAD = 1_024;
  private static final int ITERATIONS = 1_735;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Channel channel;
  private final Edge edge;
  private final Leases leases;
  private final @Nullable String password;
  private final String salt = HexFormat.of().toHexDigits(RANDOM.nextLong());
  private final ArrayDeque<String> lines = new ArrayDeque<>();
  private @Nullable FaktoryCommands commands;
  private boolean greeted;
  private boolean busy;
  private boolean ending;

  FaktoryConnection(Channel channel, Edge edge, Leases leases, @Nullable String password) {
    this.channel = channel;
    this.edge = edge;
    this.leases = leases;
    this.password = password;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (channel.isActive()) {
      greet();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    greet();
    ctx.fireChannelActive();
  }

  // A connection that was accepted may be active before this handler is there, or after.
  private void greet() {
    if (greeted) {
      return;
    }
    greeted = true;
    write(
        Reply.line(
            password == null
                ? "HI {\"v\":2}"
                : "HI {\"v\":2,\"i\":%d,\"s\":\"%s\"}".formatted(ITERATIONS, salt)));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
    if (ending) {
      return;
    }
    if (lines.size() >= MAX_AHEAD) {
      end(Reply.error("more than " + MAX_AHEAD + " commands at once"));
      return;
    }
    lines.add(bytes.toString(StandardCharsets.UTF_8));
    next();
  }

  private void next() {
    while (!busy && !ending) {
      String line = lines.poll();
      if (line == null) {
        return;
      }
      run(line);
    }
  }

  private void run(String line) {
    int space = line.indexOf(' ');
    String verb = space < 0 ? line : line.substring(0, space);
    String rest = space < 0 ? "" : line.substring(space + 1);
    if (verb.equals("END")) {
      end(Reply.OK);
      return;
    }
    FaktoryCommands present = commands;
    if (verb.equals("HELLO")) {
      hello(rest);
    } else if (present == null) {
      end(Reply.error("the first command must be HELLO"));
    } else {
      replyWith(present.run(verb, rest));
    }
  }

  private void hello(String rest) {
    String key = password;
    JsonNode hello;
    try {
      hello = JSON.readTree(rest);
    } catch (JsonProcessingException e) {
      end(Reply.error("HELLO must have a JSON object"));
      return;
    }
    if (hello.path("v").asInt() != 2) {
      end(Reply.error("the version of the protocol here is 2"));
      return;
    }
    String worker = hello.path("wid").asText("");
    if (key == null) {
      greeted(edge.anonymous(), worker);
      write(Reply.OK);
      return;
    }
    byte[] expected = hash(key, salt).getBytes(StandardCharsets.UTF_8);
    byte[] given = hello.path("pwdhash").asText("").getBytes(StandardCharsets.UTF_8);
    if (!MessageDigest.isEqual(expected, given)) {
      end(Reply.error("Invalid password"));
      return;
    }
    replyWith(
        edge.authenticateAsync(new Credentials.Token(key))
            .thenApplyAsync(
                session -> {
                  greeted(session, worker);
                  return Reply.OK;
                },
                channel.eventLoop()));
  }

  private void greeted(Session session, String worker) {
    commands = new FaktoryCommands(session, worker, edge.bounds().requestTimeoutMs(), leases);
  }

  /** Hexadecimal SHA-256, again and again, of the password and the salt, as the protocol says. */
  static String hash(String password, String salt) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      byte[] hash = (password + salt).getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < ITERATIONS; i++) {
        hash = sha256.digest(hash);
      }
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private void replyWith(CompletableFuture<String> reply) {
    busy = true;
    var _ =
        reply.whenComplete(
            (text, problem) -> channel.eventLoop().execute(() -> replied(text, problem)));
  }

  private void replied(@Nullable String text, @Nullable Throwable problem) {
    busy = false;
    if (text != null) {
      write(text);
    } else {
      write(Reply.error(textOf(problem)));
    }
    next();
    if (ending && !busy) {
      close();
    }
  }

  private static String textOf(@Nullable Throwable problem) {
    Throwable cause = problem instanceof CompletionException e ? e.getCause() : problem;
    if (cause instanceof Failure || cause instanceof IllegalArgumentException) {
      return String.valueOf(cause.getMessage());
    }
    LOG.error("a command failed", cause);
    return "internal error";
  }

  private void write(String reply) {
    var _ = channel.writeAndFlush(Reply.bytes(reply), channel.voidPromise());
  }

  private void end(String reply) {
    ending = true;
    lines.clear();
    write(reply);
    close();
  }

  private void close() {
    var _ = channel.writeAndFlush(Reply.bytes("")).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == Drain.DRAIN) {
      ending = true;
      if (!busy) {
        close();
      }
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof TooLongFrameException) {
      end(Reply.error("a command may have " + edge.bounds().maxMessageBytes() + " bytes"));
      return;
    }
    if (!(cause instanceof IOException)) {
      LOG.warn("a connection failed", cause);
    }
    var _ = ctx.close();
  }
}
