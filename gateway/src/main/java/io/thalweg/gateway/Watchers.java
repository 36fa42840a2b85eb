package io.thalweg.gateway;

import com.google.rpc.Code;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Saturation;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The clients that watch, over whatever protocol: bounded in number and in what waits for them,
 * counted, and ended together. Thread-safe.
 */
final class Watchers {
  private static final long RETRY_AFTER_MS = 5000;

  private final int limit;
  private final int spreadMs;
  private final int conflatedBytes;
  private final Semaphore free;
  private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();
  private final Set<Runnable> goodbyes = ConcurrentHashMap.newKeySet();
  private final LongAdder waitingBytes = new LongAdder();
  private final Counter refused;
  private final Counter slow;
  private final Counter leftOut;
  private final Counter tooLarge;
  private volatile boolean ending;

  Watchers(GatewayOptions options, MeterRegistry meters) {
    this.limit = options.maxWatchers();
    this.spreadMs = options.watching().spreadMs();
    this.conflatedBytes = options.watching().conflatedBytes();
    this.free = new Semaphore(limit);
    Gauge.builder("thalweg.gateway.watchers", this, Watchers::count)
        .description("Clients that watch")
        .register(meters);
    Gauge.builder("thalweg.gateway.watch.waiting", waitingBytes, LongAdder::sum)
        .description("What waits for watching clients: sent and not taken yet, or conflated")
        .baseUnit("bytes")
        .register(meters);
    if (limit > 0) {
      Saturation.register(meters, "gateway-watchers", "", this, Watchers::count, limit);
    }
    refused =
        Counter.builder("thalweg.gateway.watch.refused")
            .description("Watches refused because there were too many")
            .register(meters);
    slow =
        Counter.builder("thalweg.gateway.watch.cut")
            .description("Watches cut because the client did not take what was sent")
            .register(meters);
    tooLarge = Refusals.counter(meters, "message_too_large");
    leftOut =
        Counter.builder("thalweg.gateway.watch.left.out")
            .description("Items of conflated watches that were left out for a later one")
            .register(meters);
  }

  /**
   * Takes a place, to be closed when the client is gone.
   *
   * @throws Failure RESOURCE_EXHAUSTED if there is none
   */
  Watcher enter() {
    if (!free.tryAcquire()) {
      refused.increment();
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "there are " + limit + " watchers, which is the most that this server takes",
          RETRY_AFTER_MS);
    }
    Watcher watcher = new Watcher();
    watchers.add(watcher);
    return watcher;
  }

  int count() {
    return watchers.size();
  }

  /** Ends every watch there is. */
  void end() {
    ending = true;
    watchers.forEach(Watcher::end);
    goodbyes.forEach(Runnable::run);
  }

  /**
   * Has a connection that is no watch itself hear of the end.
   *
   * @return ends that, when the connection is gone
   */
  Runnable atEnd(Runnable goodbye) {
    goodbyes.add(goodbye);
    if (ending) {
      goodbye.run();
    }
    return () -> goodbyes.remove(goodbye);
  }

  /** Whether the server goes down. */
  boolean ending() {
    return ending;
  }

  /** A client was cut because it was too slow. */
  void cut() {
    slow.increment();
  }

  /** A client sent a message that is larger than its socket takes. */
  void tooLarge() {
    tooLarge.increment();
  }

  /** So many items were left out of what a client is sent. */
  void leftOut(long items) {
    leftOut.increment((double) items);
  }

  /** How much may wait for the client of a conflated watch. */
  int conflatedBytes() {
    return conflatedBytes;
  }

  /** So many bytes more (or, negative, fewer) wait for their client. */
  void waiting(long bytes) {
    waitingBytes.add(bytes);
  }

  /**
   * How a client is sent away when the server goes down: with a time to come back that is its own,
   * so that not all of them come at once.
   */
  Failure goingAway() {
    return Failure.retryable(Code.UNAVAILABLE, "the server is shutting down", backMs());
  }

  /** When to come back, drawn at random from the span that the options give. */
  long backMs() {
    return ThreadLocalRandom.current().nextLong(1, spreadMs + 1L);
  }

  /** One client's place. */
  final class Watcher implements AutoCloseable {
    private boolean ended;
    private @Nullable Runnable ending;

    /** Tells what to run when the watch is to end. */
    void onEnd(Runnable task) {
      boolean late;
      synchronized (this) {
        ending = task;
        late = ended;
      }
      if (late) {
        task.run();
      }
    }

    /** Ends the watch. */
    private void end() {
      Runnable task;
      synchronized (this) {
        ended = true;
        task = ending;
      }
      if (task != null) {
        task.run();
      }
    }

    /** Whether the server ends it. */
    synchronized boolean ended() {
      return ended;
    }

    /** Gives the place back. */
    @Override
    public void close() {
      if (watchers.remove(this)) {
        free.release();
      }
    }
  }
}
