package io.thalweg.bench;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * An open loop on a thread of its own that goes on when it is refused: requests come at a steady
 * rate, and what becomes of them is counted apart. Latencies count from when a request was sent;
 * how late the sender was itself is counted apart too, since at these rates it shares the cores
 * with what it loads.
 */
final class Flow {
  private static final long TURN_NS = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long MAX_US = TimeUnit.MINUTES.toMicros(2);

  private final Node node;
  private final IntFunction<Message> requests;
  private final double perSecond;
  private final Thread thread;
  private final Histogram acceptedUs = new ConcurrentHistogram(MAX_US, 3);
  private final Histogram refusedUs = new ConcurrentHistogram(MAX_US, 3);
  private final Histogram lateUs = new Histogram(MAX_US, 3);
  private final AtomicLong otherwise = new AtomicLong();
  private final AtomicLong ended = new AtomicLong();
  private long sent;

  private Flow(Node node, IntFunction<Message> requests, double perSecond, long durationNs) {
    this.node = node;
    this.requests = requests;
    this.perSecond = perSecond;
    thread = Thread.ofPlatform().name("flow").unstarted(() -> send(durationNs));
  }

  /** Begins to send; {@code requests} gives the request of a number. */
  static Flow begin(Node node, IntFunction<Message> requests, double perSecond, double seconds) {
    Flow flow = new Flow(node, requests, perSecond, (long) (seconds * 1e9));
    flow.thread.start();
    return flow;
  }

  /** Waits until all is sent and answered. */
  Flow await() throws InterruptedException {
    thread.join();
    long giveUp = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    while (ended.get() < sent) {
      if (System.nanoTime() - giveUp > 0) {
        throw new IllegalStateException((sent - ended.get()) + " requests were not answered");
      }
      Thread.sleep(1);
    }
    return this;
  }

  private void send(long durationNs) {
    double intervalNs = 1e9 / perSecond;
    long start = System.nanoTime();
    while (true) {
      long elapsed = System.nanoTime() - start;
      if (elapsed >= durationNs) {
        return;
      }
      long due = (long) (elapsed / intervalNs) + 1;
      while (sent < due) {
        long dueNs = start + (long) (sent * intervalNs);
        long nowNs = System.nanoTime();
        lateUs.recordValue(Math.clamp((nowNs - dueNs) / 1_000, 0, MAX_US));
        node.submit(Request.of(requests.apply((int) (sent & Integer.MAX_VALUE))), new Timed(nowNs));
        sent++;
      }
      LockSupport.parkNanos(TURN_NS);
    }
  }

  long sent() {
    return sent;
  }

  long accepted() {
    return acceptedUs.getTotalCount();
  }

  long refused() {
    return refusedUs.getTotalCount();
  }

  /** Failed in another way than by RESOURCE_EXHAUSTED. */
  long failed() {
    return otherwise.get();
  }

  double acceptedMs(double percentile) {
    return acceptedUs.getValueAtPercentile(percentile) / 1e3;
  }

  double lateMs(double percentile) {
    return lateUs.getValueAtPercentile(percentile) / 1e3;
  }

  double refusedMs(double percentile) {
    return refusedUs.getValueAtPercentile(percentile) / 1e3;
  }

  private final class Timed implements ReplyHandler {
    private final long sentNs;

    private Timed(long sentNs) {
      this.sentNs = sentNs;
    }

    private static long sinceUs(long ns) {
      return Math.clamp((System.nanoTime() - ns) / 1_000, 0, MAX_US);
    }

    @Override
    public void reply(Message reply, Position position) {
      acceptedUs.recordValue(sinceUs(sentNs));
      ended.incrementAndGet();
    }

    @Override
    public void failure(Failure failure) {
      if (failure.code() == Code.RESOURCE_EXHAUSTED) {
        refusedUs.recordValue(sinceUs(sentNs));
      } else {
        otherwise.incrementAndGet();
      }
      ended.incrementAndGet();
    }
  }
}
