package io.thalweg.bench;

import com.google.protobuf.Message;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * Submits at a steady rate, whether answers come or not. The latency of a request counts from the
 * time at which it was due, not from when it could be sent: a stall is counted for all who would
 * have come meanwhile (no coordinated omission). The sleep of the submitting thread between its
 * turns, 0.1 ms and more, is therefore in the figures.
 */
final class OpenLoop {
  private static final long TURN_NS = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long MAX_LATENCY_US = TimeUnit.MINUTES.toMicros(1);

  private final Node node;
  private final Histogram latencyUs = new Histogram(MAX_LATENCY_US, 3);
  private final AtomicLong ended = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  OpenLoop(Node node) {
    this.node = node;
  }

  /** What a round gave. */
  record Round(Histogram latencyUs, long sent, long refused) {}

  /**
   * Submits {@code perSecond} for so long and waits for the last answer.
   *
   * @throws IllegalStateException if a request was not answered within a minute
   */
  Round run(Supplier<Message> requests, double perSecond, long durationNs)
      throws InterruptedException {
    double intervalNs = 1e9 / perSecond;
    long count = (long) (durationNs / intervalNs);
    long start = System.nanoTime();
    long sent = 0;
    while (sent < count) {
      long due = Math.min(count, (long) ((System.nanoTime() - start) / intervalNs) + 1);
      while (sent < due) {
        Message request = requests.get();
        node.submit(Request.of(request), new Timed(start + (long) (sent * intervalNs)));
        sent++;
      }
      LockSupport.parkNanos(TURN_NS);
    }
    long giveUp = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (ended.get() < sent) {
      if (System.nanoTime() - giveUp > 0) {
        throw new IllegalStateException((sent - ended.get()) + " requests were not answered");
      }
      Thread.sleep(1);
    }
    return new Round(latencyUs, sent, refused.get());
  }

  /** Answers come on the node's one reply thread, so the histogram has one writer. */
  private final class Timed implements ReplyHandler {
    private final long dueNs;

    private Timed(long dueNs) {
      this.dueNs = dueNs;
    }

    @Override
    public void reply(Message reply, Position position) {
      latencyUs.recordValue(Math.clamp((System.nanoTime() - dueNs) / 1000, 0, MAX_LATENCY_US));
      ended.incrementAndGet();
    }

    @Override
    public void failure(Failure failure) {
      refused.incrementAndGet();
      ended.incrementAndGet();
    }
  }
}
