package io.thalweg.runtime;

import io.thalweg.host.Host;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jctools.queues.MpscArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait for a partition's thread: bounded in number and in bytes. Many threads
 * offer, one polls and sleeps.
 */
final class PartitionQueue {
  // A wake-up is never missed; this only bounds what an unforeseen one would cost.
  private static final long MAX_PARK_NS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Host host;
  private final MpscArrayQueue<Call> calls;
  private final AtomicLong bytes = new AtomicLong();
  private final long maxBytes;
  private final Admission admission;
  private volatile boolean asleep;

  PartitionQueue(Host host, int maxRequests, long maxBytes) {
    this.host = host;
    calls = new MpscArrayQueue<>(maxRequests);
    this.maxBytes = maxBytes;
    admission = new Admission(maxRequests);
  }

  /** How many may wait now; the partition's thread tells it what it has done. */
  Admission admission() {
    return admission;
  }

  /** False if it is full. A single request may always enter an empty queue. */
  boolean offer(Call call) {
    long now = bytes.getAndAdd(call.sizeBytes());
    if ((now > 0 && now + call.sizeBytes() > maxBytes)
        || !calls.offerIfBelowThreshold(call, admission.limit())) {
      bytes.addAndGet(-call.sizeBytes());
      return false;
    }
    return true;
  }

  @Nullable Call poll() {
    Call call = calls.poll();
    if (call != null) {
      bytes.addAndGet(-call.sizeBytes());
    }
    return call;
  }

  /** How long the last in line will have waited; see {@link Admission}. */
  double waitMs() {
    return Admission.MAX_DELAY_MS * (double) calls.size() / admission.limit();
  }

  boolean isEmpty() {
    return calls.isEmpty();
  }

  int size() {
    return calls.size();
  }

  long sizeBytes() {
    return bytes.get();
  }

  /** Wakes the sleeping thread, if it sleeps. */
  void wake(Thread thread) {
    if (asleep) {
      host.unpark(thread);
    }
  }

  /** Sleeps until {@code condition} holds; whoever makes it hold calls {@link #wake}. */
  void await(BooleanSupplier condition) {
    await(condition, Long.MAX_VALUE);
  }

  /** As {@link #await(BooleanSupplier)}, but at most {@code timeoutNs}. */
  void await(BooleanSupplier condition, long timeoutNs) {
    long beganNs = host.nanoTime();
    long leftNs = timeoutNs;
    while (leftNs > 0 && !condition.getAsBoolean()) {
      asleep = true;
      if (!condition.getAsBoolean()) {
        host.parkNanos(this, Math.min(leftNs, MAX_PARK_NS));
      }
      asleep = false;
      leftNs = timeoutNs - (host.nanoTime() - beganNs);
    }
  }
}
