package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.system.ForwardedEvent;
import io.thalweg.runtime.system.ForwardedEvents;
import io.thalweg.runtime.system.ForwardedWatch;
import io.thalweg.runtime.system.PeerReply;
import io.thalweg.runtime.system.PeerRequest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A watcher of a key whose partition another node leads. It asks that node for what comes after its
 * position; the node answers when there is something, or after {@value #WAIT_MS} ms. Nothing is
 * kept for it there between two questions, so it does not matter who leads when it asks again:
 * whoever leads then has the same history.
 *
 * <p>At most one answer waits here, of {@link PeerDesk#MAX_EVENTS} items.
 */
final class RemoteWatch implements WatchStream {
  static final long WAIT_MS = 10_000;

  /** It ends when it has heard nothing from anybody for so long. */
  static final long PATIENCE_MS = Forwarding.PATIENCE_MS;

  private static final long REPLY_MS = 3_000;

  private final Host host;
  private final Waiters waiters;
  private final Forwarding forwarding;
  private final PartitionId id;
  private final ServiceModel.Method method;
  private final Request request;
  private final Watches owner;

  // Guarded by this, which nobody holds while sending or telling.
  private final ArrayDeque<Item> items = new ArrayDeque<>(0);
  private String after;
  private @Nullable Position reached;
  private @Nullable Position given;
  private boolean asking;
  private int attempts;
  private long heardNs;
  private boolean closed;
  private @Nullable Failure ended;
  private @Nullable Runnable listener;

  /**
   * @param after as {@link Node#watch} has it; empty: from now on
   */
  RemoteWatch(
      Host host,
      Forwarding forwarding,
      PartitionId id,
      ServiceModel.Method method,
      Request request,
      String after,
      Watches owner) {
    this.host = host;
    this.forwarding = forwarding;
    this.id = id;
    this.method = method;
    this.request = request;
    this.after = after;
    this.owner = owner;
    waiters = new Waiters(host);
    heardNs = host.nanoTime();
  }

  /**
   * Finds where it begins. Waits for the other node.
   *
   * @throws Failure as {@link Node#watch}
   */
  void open() {
    ask();
    boolean known = waiters.await(this::isBegun, TimeUnit.MILLISECONDS.toNanos(2 * PATIENCE_MS));
    Failure failure;
    synchronized (this) {
      failure = ended;
    }
    if (failure != null || !known) {
      close();
      throw failure == null ? silent("it does not answer") : failure;
    }
  }

  private synchronized boolean isBegun() {
    return reached != null || closed || ended != null;
  }

  // ---------------------------------------------------------------- asking

  private void ask() {
    ForwardedWatch.Builder question =
        ForwardedWatch.newBuilder()
            .setService(id.service())
            .setPartition(id.index())
            .setRequestType(request.message().getDescriptorForType().getFullName())
            .setRequest(request.message().toByteString())
            .setProject(request.caller().project())
            .setPrincipal(request.caller().principal());
    synchronized (this) {
      if (asking || closed || ended != null) {
        return;
      }
      asking = true;
      question.setAfter(after).setWaitMs(reached == null ? 0 : WAIT_MS);
    }
    send(PeerRequest.newBuilder().setWatch(question).build(), question.getWaitMs() + REPLY_MS);
  }

  private void send(PeerRequest question, long timeoutMs) {
    if (!(forwarding.peers().routeOf(id) instanceof Peers.Route.At(String nodeId))) {
      // It may be led here by now: whoever watches comes back, and is served here.
      again("nobody else leads it");
      return;
    }
    forwarding
        .peers()
        .send(
            nodeId,
            question,
            timeoutMs,
            new Peers.Outcome() {
              @Override
              public void replied(PeerReply reply) {
                heard(reply);
              }

              @Override
              public void unsent(String why) {
                again(why);
              }

              @Override
              public void unknown(String why) {
                again(why);
              }
            });
  }

  private void again(String why) {
    int count;
    boolean patient;
    synchronized (this) {
      asking = false;
      count = attempts++;
      patient = host.nanoTime() - heardNs < TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
    }
    boolean here = forwarding.peers().routeOf(id) instanceof Peers.Route.Here;
    if (!patient || here || !forwarding.again(count, this::ask)) {
      end(silent(why));
    }
  }

  private Failure silent(String why) {
    return Failure.retryable(
        Code.UNAVAILABLE,
        "the node that leads partition %s cannot be watched: %s; watch on from the last position"
            .formatted(id, why),
        500);
  }

  private void heard(PeerReply reply) {
    switch (reply.getWhatCase()) {
      case EVENTS -> {
        try {
          take(reply.getEvents());
        } catch (Failure e) {
          end(e);
        }
      }
      case FAILURE -> {
        Failure failure = ForwardedCalls.failure(reply.getFailure());
        if (failure.code() == Code.UNAVAILABLE) {
          again(String.valueOf(failure.getMessage()));
        } else {
          end(failure);
        }
      }
      case NOT_LED -> again(reply.getNotLed());
      case ANSWER, WHAT_NOT_SET -> again("it has sent a reply that is none");
    }
  }

  private void take(ForwardedEvents events) {
    ArrayDeque<Item> taken = new ArrayDeque<>();
    for (ForwardedEvent event : events.getEventsList()) {
      Message item = ForwardedCalls.parse(method.type().reply(), event.getItem());
      taken.add(new Item(new Position(event.getLineage(), id.index(), event.getOffset()), item));
    }
    Runnable told;
    synchronized (this) {
      asking = false;
      attempts = 0;
      heardNs = host.nanoTime();
      Position position = new Position(events.getLineage(), id.index(), events.getOffset());
      if (reached == null) {
        given = position;
      }
      reached = position;
      after = position.toString();
      items.addAll(taken);
      told = taken.isEmpty() ? null : listener;
    }
    if (taken.isEmpty()) {
      waiters.wake();
      ask();
    } else {
      tell(told);
    }
  }

  private void tell(@Nullable Runnable listener) {
    waiters.wake();
    if (listener != null) {
      listener.run();
    }
  }

  // ---------------------------------------------------------------- the watcher

  @Override
  public synchronized Position position() {
    Position position = items.isEmpty() ? reached : given;
    if (position == null) {
      throw new IllegalStateException("it was not opened");
    }
    return position;
  }

  @Override
  public @Nullable Item next(Duration timeout) throws InterruptedException {
    if (!waiters.awaitInterruptibly(this::hasNews, Math.max(0, timeout.toNanos()))) {
      return null;
    }
    Item item;
    boolean empty;
    synchronized (this) {
      item = items.poll();
      if (item == null) {
        if (ended != null) {
          throw ended;
        }
        return null;
      }
      given = item.position();
      empty = items.isEmpty();
    }
    if (empty) {
      ask();
    }
    return item;
  }

  private synchronized boolean hasNews() {
    return !items.isEmpty() || ended != null || closed;
  }

  @Override
  public void onNews(Runnable heard) {
    boolean now;
    synchronized (this) {
      listener = heard;
      now = hasNews();
    }
    if (now) {
      heard.run();
    }
  }

  /** Ends it: whoever waits for the next item gets the failure. */
  void end(Failure failure) {
    Runnable told;
    synchronized (this) {
      asking = false;
      if (closed || ended != null) {
        return;
      }
      ended = failure;
      told = listener;
    }
    tell(told);
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      items.clear();
    }
    waiters.wake();
    owner.closed(this);
  }
}
