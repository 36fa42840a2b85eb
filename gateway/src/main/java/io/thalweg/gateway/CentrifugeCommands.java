package io.thalweg.gateway;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.gateway.centrifuge.Command;
import io.thalweg.gateway.centrifuge.Empty;
import io.thalweg.gateway.centrifuge.Reply;
import io.thalweg.gateway.centrifuge.RpcRequest;
import io.thalweg.gateway.centrifuge.RpcResult;
import io.thalweg.gateway.centrifuge.SubscribeRequest;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Trace;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the commands of a connected Centrifuge client do. On the connection's event loop. */
final class CentrifugeCommands {
  private static final Logger log = LoggerFactory.getLogger(CentrifugeCommands.class);
  private static final int MAX_CHANNEL_BYTES = 255;

  /** An RPC that belongs to a trace of its own, not to that of the connection. */
  private static final Pattern TRACED =
      Pattern.compile("(.*)[?&]traceparent=([0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})");

  private final CentrifugeConnection connection;

  CentrifugeCommands(CentrifugeConnection connection) {
    this.connection = connection;
  }

  void handle(Command command) {
    int id = command.getId();
    if (command.hasSubscribe()) {
      subscribe(id, command.getSubscribe());
    } else if (command.hasUnsubscribe()) {
      CentrifugeChannel channel = connection.channels().get(command.getUnsubscribe().getChannel());
      if (channel != null) {
        channel.close();
      }
      connection.reply(id, Reply.newBuilder().setUnsubscribe(Empty.getDefaultInstance()));
    } else if (command.hasRpc()) {
      call(id, command.getRpc());
    } else if (command.hasHistory()) {
      history(id, command);
    } else if (command.hasPresence() || command.hasPresenceStats()) {
      presence(id, command);
    } else if (command.hasPing()) {
      connection.reply(id, Reply.newBuilder().setPing(Empty.getDefaultInstance()));
    } else if (command.hasSend()) {
      // Nobody would hear of a refusal: the protocol has no reply to it.
      connection.service().ignore();
    } else if (command.hasPublish() || command.hasRefresh() || command.hasSubRefresh()) {
      // What is published is what commands decide: a client calls one.
      connection.error(id, CentrifugeError.NOT_AVAILABLE.reply());
    } else if (id != 0) {
      connection.error(id, CentrifugeError.BAD_REQUEST.reply());
    }
    // Otherwise it is a pong.
  }

  private void subscribe(int id, SubscribeRequest request) {
    String name = request.getChannel();
    CentrifugeMethods.Channel found =
        name.getBytes(StandardCharsets.UTF_8).length > MAX_CHANNEL_BYTES
            ? null
            : connection.service().methods().channel(name);
    if (found == null) {
      connection.error(id, CentrifugeError.UNKNOWN_CHANNEL.reply());
    } else if (connection.channels().containsKey(name)) {
      connection.error(id, CentrifugeError.ALREADY_SUBSCRIBED.reply());
    } else if (connection.channels().size() >= connection.service().watching().maxChannels()) {
      connection.error(id, connection.service().channelRefused());
    } else {
      CentrifugeChannel channel = null;
      try {
        connection.service().draining().check();
        Message message = message(found, request.getData());
        channel = new CentrifugeChannel(connection, found.watched(), request, message, id);
        connection.channels().put(name, channel);
        channel.begin();
      } catch (Failure e) {
        if (channel != null) {
          connection.channels().remove(name, channel);
        }
        connection.error(id, CentrifugeError.of(e));
      }
    }
  }

  private Message message(CentrifugeMethods.Channel channel, ByteString data) {
    CentrifugeMethods.Watched watched = channel.watched();
    Message.Builder builder =
        read(watched.method().type().request().newBuilderForType(), watched.request(), data);
    return watched
        .method()
        .requests()
        .withoutAfter(builder.setField(watched.key(), channel.key()).build());
  }

  private void call(int id, RpcRequest request) {
    Matcher traced = TRACED.matcher(request.getMethod());
    String traceparent = traced.matches() ? traced.group(2) : null;
    CentrifugeMethods.Call call =
        CentrifugeMethods.call(traceparent == null ? request.getMethod() : traced.group(1));
    CentrifugeMethods.Rpc rpc = connection.service().methods().rpc(call.method());
    if (rpc == null) {
      connection.error(id, CentrifugeError.METHOD_NOT_FOUND.reply());
      return;
    }
    if (!connection.begin()) {
      connection.error(id, connection.service().callRefused());
      return;
    }
    Pending pending = new Pending(id, rpc);
    try {
      connection.service().draining().check();
      String checked = RequestNames.of(call.name() == null ? null : List.of(call.name()));
      Message message =
          read(rpc.type().request().newBuilderForType(), rpc.request(), request.getData()).build();
      pending.follow(traceparent);
      connection
          .visitor()
          .submit(message, checked, pending.deadlineNs(call.timeout()), pending.trace, pending);
    } catch (Failure e) {
      pending.failure(e);
    } catch (RuntimeException e) {
      log.error("{} failed before it reached the node", rpc.type().fullName(), e);
      pending.failure(Failure.of(Code.INTERNAL, "internal error"));
    }
  }

  private Message.Builder read(Message.Builder builder, MessageShape shape, ByteString data) {
    if (data.isEmpty()) {
      return builder;
    }
    if (connection.jsonPayload()) {
      JsonReader.read(data.toByteArray(), shape, builder);
      return builder;
    }
    try {
      return builder.mergeFrom(data);
    } catch (InvalidProtocolBufferException e) {
      throw Failure.invalid("data", "must be a " + shape.descriptor().getFullName());
    }
  }

  /** Waits for the node's answer. */
  private final class Pending implements ReplyHandler {
    private final int id;
    private final CentrifugeMethods.Rpc rpc;
    private final long startNs = System.nanoTime();
    private @Nullable Trace trace;

    Pending(int id, CentrifugeMethods.Rpc rpc) {
      this.id = id;
      this.rpc = rpc;
    }

    void follow(@Nullable String traceparent) {
      trace =
          rpc.metrics()
              .follow(
                  startNs,
                  traceparent == null
                      ? connection::header
                      : header -> header.equals("traceparent") ? traceparent : null);
    }

    long deadlineNs(@Nullable String timeout) {
      long mostMs = connection.service().options().requestTimeoutMs();
      return startNs + TimeUnit.MILLISECONDS.toNanos(Timeouts.of(timeout, "timeout", mostMs));
    }

    @Override
    public void reply(Message message, Position position) {
      connection.eventLoop().execute(() -> answer(message));
    }

    @Override
    public void failure(Failure failure) {
      connection.eventLoop().execute(() -> refuse(failure));
    }

    private void answer(Message message) {
      ByteString data;
      try {
        data =
            connection.jsonPayload()
                ? ByteString.copyFrom(JsonWriter.write(message, rpc.reply()))
                : message.toByteString();
      } catch (RuntimeException e) {
        log.error("the reply of {} cannot be written", rpc.type().fullName(), e);
        refuse(Failure.of(Code.INTERNAL, "internal error"));
        return;
      }
      connection.done();
      rpc.metrics().record(Code.OK, startNs, trace);
      connection.reply(id, Reply.newBuilder().setRpc(RpcResult.newBuilder().setData(data)));
    }

    private void refuse(Failure failure) {
      connection.done();
      rpc.metrics().record(failure.code(), startNs, trace);
      connection.error(id, CentrifugeError.of(failure));
    }
  }

  /** Who else is on a channel: told to those who are on it themselves. */
  private void presence(int id, Command command) {
    String name =
        command.hasPresence()
            ? command.getPresence().getChannel()
            : command.getPresenceStats().getChannel();
    if (!connection.channels().containsKey(name)) {
      connection.error(id, CentrifugeError.PERMISSION_DENIED.reply("subscribe to it first"));
      return;
    }
    Presence.Key key = new Presence.Key(connection.visitor().caller().project(), name);
    Presence presence = connection.service().presence();
    connection.reply(
        id,
        command.hasPresence()
            ? Reply.newBuilder().setPresence(presence.list(key))
            : Reply.newBuilder().setPresenceStats(presence.count(key)));
  }

  private void history(int id, Command command) {
    CentrifugeMethods.Channel channel =
        connection.service().methods().channel(command.getHistory().getChannel());
    if (channel == null) {
      connection.error(id, CentrifugeError.UNKNOWN_CHANNEL.reply());
    } else if (command.getHistory().getReverse()) {
      connection.error(id, CentrifugeError.NOT_AVAILABLE.reply("a log is read forwards"));
    } else if (!connection.begin()) {
      connection.error(id, connection.service().callRefused());
    } else {
      Message message;
      try {
        message = message(channel, ByteString.EMPTY);
      } catch (Failure e) {
        connection.done();
        connection.error(id, CentrifugeError.of(e));
        return;
      }
      CentrifugeHistory history =
          new CentrifugeHistory(connection, channel.watched(), message, command.getHistory());
      Thread.ofVirtual().name("history").start(() -> answer(id, history));
    }
  }

  private void answer(int id, CentrifugeHistory history) {
    Reply.@Nullable Builder reply = null;
    Failure failure = null;
    try {
      reply = Reply.newBuilder().setHistory(history.read());
    } catch (Failure e) {
      failure = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("the history of a channel cannot be read", e);
    } finally {
      connection.done();
    }
    if (reply != null) {
      connection.reply(id, reply);
    } else if (failure != null && failure.code() == Code.OUT_OF_RANGE) {
      connection.error(id, CentrifugeError.UNRECOVERABLE_POSITION.reply());
    } else {
      connection.error(
          id, failure == null ? CentrifugeError.INTERNAL.reply() : CentrifugeError.of(failure));
    }
  }
}
