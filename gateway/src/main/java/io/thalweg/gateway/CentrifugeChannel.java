package io.thalweg.gateway;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.gateway.centrifuge.ClientInfo;
import io.thalweg.gateway.centrifuge.Publication;
import io.thalweg.gateway.centrifuge.Push;
import io.thalweg.gateway.centrifuge.Reply;
import io.thalweg.gateway.centrifuge.SubscribeRequest;
import io.thalweg.gateway.centrifuge.SubscribeResult;
import io.thalweg.gateway.centrifuge.Unsubscribed;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.WatchStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A subscription of a Centrifuge client: a watch whose items are publications. A position is an
 * epoch, {@code lineage.partition}, and the offset after the event: a channel that moved to another
 * partition, or whose history is another one, has another epoch. A subscription that recovers is
 * answered at once as recovered, and what was missed comes as publications in their order.
 */
final class CentrifugeChannel implements WatchSession.Transport {
  private static final Pattern EPOCH = Pattern.compile("(\\d{1,9})\\.(\\d{1,5})");

  /** The flag of a subscribe request by which it would rather fail than begin anew. */
  private static final int REJECT_UNRECOVERED = 2;

  /** Clients subscribe again by themselves from here on. */
  private static final int INSUFFICIENT_STATE = 2500;

  private static final int UNSUBSCRIBED_BY_SERVER = 2000;

  private final CentrifugeConnection connection;
  private final CentrifugeMethods.Watched watched;
  private final String name;
  private final SubscribeRequest request;
  private final Message message;
  private final ClientInfo info;
  private final Presence.Key presenceKey;
  private final int commandId;
  private final long startNs = System.nanoTime();

  // Guarded by this. After closed nothing is sent: the channel may have been subscribed to anew.
  private boolean closed;
  private boolean present;

  private boolean recovering;
  private volatile @Nullable WatchSession session;

  /**
   * @param message the watch's request, without a position
   */
  CentrifugeChannel(
      CentrifugeConnection connection,
      CentrifugeMethods.Watched watched,
      SubscribeRequest request,
      Message message,
      int commandId) {
    this.connection = connection;
    this.watched = watched;
    this.name = request.getChannel();
    this.request = request;
    this.message = message;
    this.info = connection.info();
    this.presenceKey = new Presence.Key(connection.visitor().caller().project(), name);
    this.commandId = commandId;
  }

  static String epoch(Position position) {
    return position.lineage() + "." + position.partition();
  }

  /** The token of a position; null if the epoch is none of ours. */
  static @Nullable String position(String epoch, long offset) {
    Matcher m = EPOCH.matcher(epoch);
    return m.matches() && offset >= 0 && offset < 1_000_000_000_000_000_000L
        ? m.group(1) + "-" + m.group(2) + "-" + offset
        : null;
  }

  /**
   * Begins to watch; the reply to the subscribe command comes when the watch is open.
   *
   * @throws Failure RESOURCE_EXHAUSTED if there are too many watchers
   */
  void begin() {
    String after = request.getRecover() ? position(request.getEpoch(), request.getOffset()) : null;
    if (request.getRecover() && after == null) {
      unrecovered();
      return;
    }
    recovering = after != null;
    begin(after);
  }

  private void begin(@Nullable String after) {
    synchronized (this) {
      if (closed) {
        return;
      }
    }
    WatchMethod method = watched.method();
    Message.Builder positioned = message.toBuilder();
    if (after != null) {
      method.requests().setAfter(positioned, "epoch", after);
    }
    WatchSession opened =
        WatchSession.of(
            method,
            connection.visitor(),
            positioned.build(),
            connection.service().watchers(),
            this);
    session = opened;
    opened.begin();
  }

  private void unrecovered() {
    if ((request.getFlag() & REJECT_UNRECOVERED) != 0) {
      forget();
      connection.error(commandId, CentrifugeError.UNRECOVERABLE_POSITION.reply());
      return;
    }
    recovering = false;
    begin((String) null);
  }

  void signal() {
    WatchSession opened = session;
    if (opened != null) {
      opened.signal();
    }
  }

  /** Ends it without a word. */
  void close() {
    forget();
    WatchSession opened = session;
    if (opened != null) {
      opened.leave();
    }
  }

  /** Sends nothing more; its name is free. */
  private void forget() {
    boolean leaves;
    synchronized (this) {
      closed = true;
      leaves = present;
      present = false;
    }
    if (leaves) {
      connection.service().presence().remove(presenceKey, info);
    }
    connection.channels().remove(name, this);
  }

  @Override
  public boolean isReady() {
    return connection.isReady();
  }

  @Override
  public void opened(Position from) {
    SubscribeResult.Builder result =
        SubscribeResult.newBuilder()
            .setRecoverable(true)
            .setPositioned(true)
            .setEpoch(epoch(from))
            .setOffset(from.offset() + 1)
            .setWasRecovering(request.getRecover())
            .setRecovered(recovering);
    synchronized (this) {
      if (closed) {
        return;
      }
      present = true;
      // Others are heard of after the reply: whoever hands that on waits for this lock.
      if (request.getJoinLeave()) {
        connection.service().presence().add(presenceKey, info, this::hear);
      } else {
        connection.service().presence().add(presenceKey, info);
      }
      connection.reply(commandId, Reply.newBuilder().setSubscribe(result));
    }
  }

  /** Somebody joined or left. A client that does not take what it is sent is not told. */
  private void hear(Push push) {
    connection
        .eventLoop()
        .execute(() -> {
          synchronized (this) {
            if (closed) {
              return;
            }
            if (connection.isReady()) {
              connection.push(Reply.newBuilder().setPush(push).build());
            } else {
              connection.service().presence().untold();
            }
          }
        });
  }

  @Override
  public boolean add(WatchStream.Item item) {
    Publication pub = publication(connection, watched.method(), item);
    synchronized (this) {
      if (!closed) {
        connection.push(
            Reply.newBuilder().setPush(Push.newBuilder().setChannel(name).setPub(pub)).build());
      }
    }
    return connection.isReady();
  }

  static Publication publication(
      CentrifugeConnection connection, WatchMethod method, WatchStream.Item item) {
    ByteString data =
        connection.jsonPayload()
            ? ByteString.copyFrom(method.json(item))
            : item.message().toByteString();
    return Publication.newBuilder()
        .setData(data)
        .setOffset(item.position().offset() + 1)
        .putTags("event", method.eventName(item))
        .build();
  }

  @Override
  public void flush(Position upTo) {
    // Each publication is sent as it comes.
  }

  @Override
  public void ended(@Nullable Failure reason, @Nullable Position at) {
    watched.metrics().record(reason == null ? Code.OK : reason.code(), startNs);
    boolean wasOpen;
    synchronized (this) {
      if (closed) {
        return;
      }
      wasOpen = present;
    }
    Failure why = reason == null ? Failure.of(Code.UNAVAILABLE, "the watch was ended") : reason;
    if (wasOpen) {
      forget();
      pushEnd(why);
    } else if (why.code() == Code.OUT_OF_RANGE && recovering) {
      connection.eventLoop().execute(this::beginAnew);
    } else {
      forget();
      connection.error(commandId, CentrifugeError.of(why));
    }
  }

  private void beginAnew() {
    try {
      unrecovered();
    } catch (Failure e) {
      forget();
      connection.error(commandId, CentrifugeError.of(e));
    }
  }

  private void pushEnd(Failure why) {
    if (connection.service().watchers().ending()) {
      // The connection is closed, too, and the client comes back with all its channels.
      return;
    }
    boolean again =
        switch (why.code()) {
          case UNAVAILABLE, OUT_OF_RANGE, RESOURCE_EXHAUSTED, ABORTED -> true;
          default -> false;
        };
    Unsubscribed end =
        Unsubscribed.newBuilder()
            .setCode(again ? INSUFFICIENT_STATE : UNSUBSCRIBED_BY_SERVER)
            .setReason(why.code() + ": " + why.status().getMessage())
            .build();
    connection.push(
        Reply.newBuilder().setPush(Push.newBuilder().setChannel(name).setUnsubscribe(end)).build());
  }
}
