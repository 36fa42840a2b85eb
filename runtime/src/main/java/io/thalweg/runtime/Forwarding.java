package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.runtime.system.PeerReply;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of calls to partitions that are not led here: they are sent to the node that does.
 * It stands below everything that submits (clients of every protocol, scans of all partitions,
 * messages between partitions, operators), so that all of them may ask any node.
 *
 * <p>A call that was not executed, since its partition is led by somebody else by now, by nobody,
 * or just being taken over, waits for a moment and looks again, until its deadline. One that may
 * have been executed is sent again only if that does no harm; else its caller is told that the
 * outcome is unknown. What has come from another node is never sent on.
 *
 * <p>Bounded by {@value #MAX_CALLS} calls and {@value #MAX_BYTES} bytes. Thread-safe. One thread
 * looks after those that wait.
 */
final class Forwarding implements AutoCloseable {
  static final int MAX_CALLS = 8_192;
  static final long MAX_BYTES = 64L << 20;

  /** A call without a deadline, or with a far one, is answered after so long. */
  static final long PATIENCE_MS = 15_000;

  /** A node that does not reply in this time may be gone. */
  static final long ATTEMPT_MS = 5_000;

  /** So long before its deadline a call is given up, so that its caller still hears why. */
  static final long MARGIN_MS = 250;

  static final long FIRST_PAUSE_MS = 5;
  static final long MAX_PAUSE_MS = 200;

  private final Host host;
  private final Peers peers;
  private final Waiters waiters;
  private final Thread thread;
  private final Counter sent;
  private final Counter corrected;
  private final Counter refused;

  // Guarded by this, which nobody holds while sending.
  private final PriorityQueue<Due> waiting =
      new PriorityQueue<>((a, b) -> Long.signum(a.atNs() - b.atNs()));
  private int calls;
  private long bytes;
  private boolean rerouted;
  private boolean closed;

  /** Something to be done at a time of the host's monotonic clock, or when the node closes. */
  private record Due(long atNs, Runnable action) {}

  Forwarding(Host host, Peers peers, MeterRegistry meters) {
    this.host = host;
    this.peers = peers;
    waiters = new Waiters(host);
    sent =
        Counter.builder("thalweg.forwarded")
            .description("Requests that were sent to the node that leads their partition")
            .register(meters);
    corrected =
        Counter.builder("thalweg.forwarded.again")
            .description("Times that a request found no leader where it looked, and looked again")
            .register(meters);
    refused =
        Counter.builder("thalweg.forwarded.refused")
            .description("Requests that were refused since too many were being forwarded")
            .register(meters);
    Saturation.register(meters, "forwarding", "", this, Forwarding::calls, MAX_CALLS);
    thread = host.thread("thalweg-forward", this::run);
  }

  void start() {
    host.start(thread);
  }

  private synchronized int calls() {
    return calls;
  }

  /**
   * Takes a call that a partition here has not executed.
   *
   * @param why it has not
   * @return false if it is not to be forwarded: its caller is to be told
   */
  boolean take(Partition partition, Call call, String why) {
    if (call.handler() instanceof PeerAnswer node) {
      node.notLed(why);
      return true;
    }
    if (call.handler() instanceof Forwarded again) {
      // It was thought to be led here.
      again.lastWhy = why;
      later(again);
      return true;
    }
    boolean full = false;
    synchronized (this) {
      if (closed) {
        return false;
      }
      if (calls < MAX_CALLS && bytes + call.sizeBytes() <= MAX_BYTES) {
        calls++;
        bytes += call.sizeBytes();
      } else {
        full = true;
      }
    }
    if (full) {
      refused.increment();
      call.handler()
          .failure(
              Failure.retryable(
                  Code.RESOURCE_EXHAUSTED,
                  "too many requests are on their way to other nodes (at most %d, %d bytes); try again later"
                      .formatted(MAX_CALLS, MAX_BYTES),
                  100));
    } else {
      attempt(new Forwarded(partition, call, host.nanoTime()));
    }
    return true;
  }

  /** A call on its way to wherever its partition is led. */
  private final class Forwarded extends AtomicBoolean implements ReplyHandler {
    private static final long serialVersionUID = 1L;

    private final transient Partition partition;

    /** The same, answered through this. */
    private final transient Call call;

    private final transient ReplyHandler caller;
    private final long untilNs;

    // By one thread at a time.
    private int attempts;
    private boolean mayHaveRun;
    private transient String lastWhy = "nobody is known to lead it";

    Forwarded(Partition partition, Call call, long nowNs) {
      this.partition = partition;
      this.caller = call.handler();
      this.call =
          new Call(
              call.method(),
              call.request(),
              call.slot(),
              call.sizeBytes(),
              call.startNs(),
              this,
              call.origin(),
              call.shared());
      long patienceNs = nowNs + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
      long deadlineNs =
          call.shared() == null ? call.request().deadlineNs() : call.shared().deadlineNs();
      untilNs =
          deadlineNs == Long.MAX_VALUE || deadlineNs - patienceNs > 0
              ? patienceNs
              : before(deadlineNs, nowNs);
    }

    private static long before(long deadlineNs, long nowNs) {
      long marginNs = TimeUnit.MILLISECONDS.toNanos(MARGIN_MS);
      return deadlineNs - Math.max(0, Math.min(marginNs, (deadlineNs - nowNs) / 8));
    }

    private boolean end() {
      if (!compareAndSet(false, true)) {
        return false;
      }
      synchronized (Forwarding.this) {
        calls--;
        bytes -= call.sizeBytes();
      }
      return true;
    }

    @Override
    public void reply(Message reply, Position position) {
      if (end()) {
        caller.reply(reply, position);
      }
    }

    @Override
    public void failure(Failure failure) {
      if (end()) {
        caller.failure(failure);
      }
    }
  }

  private void attempt(Forwarded forwarded) {
    Call call = forwarded.call;
    long nowNs = host.nanoTime();
    if (isClosed() || nowNs - forwarded.untilNs >= 0 || !call.begin(nowNs)) {
      giveUp(forwarded);
      return;
    }
    switch (peers.routeOf(forwarded.partition.id())) {
      case Peers.Route.Here() -> {
        if (forwarded.partition.phase() == PartitionPhase.ACTIVE) {
          forwarded.partition.submit(call);
        } else {
          forwarded.lastWhy = "it " + forwarded.partition.reason();
          later(forwarded);
        }
      }
      case Peers.Route.At(String nodeId) -> send(forwarded, nodeId, nowNs);
      case Peers.Route.Unknown() -> later(forwarded);
    }
  }

  private void send(Forwarded forwarded, String nodeId, long nowNs) {
    long leftMs = TimeUnit.NANOSECONDS.toMillis(forwarded.untilNs - nowNs) + 1;
    long timeoutMs = Math.min(leftMs, ATTEMPT_MS);
    sent.increment();
    peers.send(
        nodeId,
        ForwardedCalls.encode(forwarded.partition.id(), forwarded.call, timeoutMs),
        timeoutMs,
        new Peers.Outcome() {
          @Override
          public void replied(PeerReply reply) {
            heard(forwarded, reply);
          }

          @Override
          public void unsent(String why) {
            forwarded.lastWhy = why;
            later(forwarded);
          }

          @Override
          public void unknown(String why) {
            forwarded.lastWhy = why;
            lost(forwarded);
          }
        });
  }

  private void heard(Forwarded forwarded, PeerReply reply) {
    switch (reply.getWhatCase()) {
      case ANSWER ->
          ForwardedCalls.answer(
              forwarded.call, forwarded.partition.id().index(), reply.getAnswer(), forwarded);
      case FAILURE -> {
        Failure failure = ForwardedCalls.failure(reply.getFailure());
        boolean passing = failure.code() == Code.UNAVAILABLE && failure.isRetryable();
        if (passing && ForwardedCalls.isRepeatable(forwarded.call)) {
          // Its leader may just have been deposed: the next one knows what became of it.
          forwarded.lastWhy = String.valueOf(failure.getMessage());
          lost(forwarded);
        } else {
          forwarded.failure(failure);
        }
      }
      case NOT_LED -> {
        forwarded.lastWhy = reply.getNotLed();
        later(forwarded);
      }
      case EVENTS, WHAT_NOT_SET -> {
        forwarded.lastWhy = "another node has sent a reply that is none";
        lost(forwarded);
      }
    }
  }

  /** It may have been executed. */
  private void lost(Forwarded forwarded) {
    forwarded.mayHaveRun = true;
    if (ForwardedCalls.isRepeatable(forwarded.call)) {
      later(forwarded);
    } else {
      giveUp(forwarded);
    }
  }

  private void later(Forwarded forwarded) {
    // A courier goes back by itself, and in order.
    if (forwarded.call.origin() instanceof Origin.Delivery) {
      giveUp(forwarded);
      return;
    }
    corrected.increment();
    if (!again(forwarded.attempts, () -> attempt(forwarded))) {
      giveUp(forwarded);
    }
    forwarded.attempts++;
  }

  /**
   * Does something after a pause, or sooner if it is heard that other nodes lead; at the latest
   * when the node closes. On the thread of this.
   *
   * @param attempts grows the pause
   * @return false if it is closed
   */
  boolean again(int attempts, Runnable action) {
    long pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS << Math.min(attempts, 10));
    long atNs = host.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMs);
    synchronized (this) {
      if (closed) {
        return false;
      }
      waiting.add(new Due(atNs, action));
    }
    waiters.wake();
    return true;
  }

  Peers peers() {
    return peers;
  }

  private void giveUp(Forwarded forwarded) {
    String id = forwarded.partition.id().toString();
    if (forwarded.mayHaveRun) {
      forwarded.failure(
          Failure.retryable(
              Code.UNAVAILABLE,
              "the outcome is unknown: the node that leads partition %s has not answered (%s); ask again, a named request is executed at most once"
                  .formatted(id, forwarded.lastWhy),
              500));
    } else if (Call.isPast(forwarded.call.request().deadlineNs(), host.nanoTime())) {
      forwarded.failure(Call.expired());
    } else {
      forwarded.failure(
          Failure.retryable(
              Code.UNAVAILABLE,
              "partition %s cannot be reached just now: %s; it was not executed"
                  .formatted(id, forwarded.lastWhy),
              500));
    }
  }

  // ---------------------------------------------------------------- those that wait

  private void run() {
    try (Leadership.Registration _ = peers.onRoutes(this::reroute)) {
      while (!isClosed()) {
        Due planned = first();
        long pauseNs = planned == null ? Long.MAX_VALUE : planned.atNs() - host.nanoTime();
        if (pauseNs > 0) {
          waiters.await(() -> isNews(planned), pauseNs);
        }
        due().forEach(due -> due.action().run());
      }
    }
  }

  private void reroute() {
    synchronized (this) {
      rerouted = true;
    }
    waiters.wake();
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized @Nullable Due first() {
    return waiting.peek();
  }

  private synchronized boolean isNews(@Nullable Due planned) {
    Due first = waiting.peek();
    return closed
        || (first != null && (rerouted || planned == null || first.atNs() - planned.atNs() < 0));
  }

  private synchronized List<Due> due() {
    List<Due> due = new ArrayList<>();
    long nowNs = host.nanoTime();
    for (Due first = waiting.peek();
        first != null && (rerouted || first.atNs() - nowNs <= 0);
        first = waiting.peek()) {
      due.add(first);
      waiting.poll();
    }
    rerouted = false;
    return due;
  }

  @Override
  public void close() {
    List<Due> left;
    synchronized (this) {
      closed = true;
      left = List.copyOf(waiting);
      waiting.clear();
    }
    waiters.wake();
    // Each finds that it is closed, and tells whoever waits.
    left.forEach(due -> due.action().run());
    host.join(thread);
  }
}
