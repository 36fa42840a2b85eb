package io.thalweg.bench;

import com.google.protobuf.Message;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Submits as fast as answers come, with at most so many requests on their way: what a node can do
 * at most. Says nothing about latency, since it slows down with the node. One thread submits.
 */
final class ClosedLoop implements ReplyHandler {
  private final Node node;
  private final int window;
  private final AtomicLong ended = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private long submitted;
  private volatile @Nullable Thread waiting;
  private volatile long resumeAt;
  private volatile @Nullable Failure lastFailure;

  ClosedLoop(Node node, int window) {
    this.node = node;
    this.window = window;
  }

  /** What a round gave: requests that were answered, and those that were refused. */
  record Round(long answered, long refused, double seconds) {
    double perSecond() {
      return answered / seconds;
    }
  }

  /** Submits for so long and waits for the last answer. */
  Round run(Supplier<Message> requests, long durationNs) {
    long submittedBefore = submitted;
    long refusedBefore = refused.get();
    long start = System.nanoTime();
    while (System.nanoTime() - start < durationNs) {
      submit(requests.get());
    }
    awaitAll();
    double seconds = (System.nanoTime() - start) / 1e9;
    long refusals = refused.get() - refusedBefore;
    return new Round(submitted - submittedBefore - refusals, refusals, seconds);
  }

  /** Submits one request, once there is room for it. */
  void submit(Message request) {
    if (submitted - ended.get() >= window) {
      awaitEnded(submitted - window / 2);
    }
    node.submit(Request.of(request), this);
    submitted++;
  }

  /** Waits until everything is answered. */
  void awaitAll() {
    awaitEnded(submitted);
  }

  long refused() {
    return refused.get();
  }

  /** Why the last request that failed was refused; empty if none was. */
  String lastFailure() {
    Failure failure = lastFailure;
    return failure == null ? "" : failure.code() + ": " + failure.getMessage();
  }

  private void awaitEnded(long count) {
    resumeAt = count;
    waiting = Thread.currentThread();
    while (ended.get() < count) {
      LockSupport.park(this);
    }
    waiting = null;
  }

  @Override
  public void reply(Message reply, Position position) {
    end();
  }

  @Override
  public void failure(Failure failure) {
    lastFailure = failure;
    refused.incrementAndGet();
    end();
  }

  private void end() {
    long now = ended.incrementAndGet();
    Thread thread = waiting;
    if (thread != null && now >= resumeAt) {
      LockSupport.unpark(thread);
    }
  }
}
