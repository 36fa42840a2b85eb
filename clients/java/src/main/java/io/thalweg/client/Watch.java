package io.thalweg.client;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Events as they happen, each once and in order. When the connection is cut or the server starts
 * again, the watch goes on by itself after the last event that it got, for as long as it is not
 * closed; the pauses between its attempts grow as those of {@link Retries}.
 *
 * <p>At most {@value #WINDOW} events wait here. Who takes them slowly slows down the server's
 * sending to this watch, and nothing else: the log keeps the rest.
 *
 * <p>{@link #next} may be called from any thread, one at a time if order matters.
 */
public final class Watch<E extends Message> implements AutoCloseable {
  static final int WINDOW = 64;
  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

  // Guarded by this.
  private final ArrayDeque<WatchEvent<E>> events = new ArrayDeque<>();
  private @Nullable ThalwegException end;
  private @Nullable WatchSource<?, E> source;
  private boolean closed;

  Watch() {}

  void begin(WatchSource<?, E> from) {
    synchronized (this) {
      source = from;
    }
    from.begin();
  }

  /**
   * Waits for the next event.
   *
   * @throws ThalwegException if the watch ended for good (it may not be made, or its request is
   *     wrong); CANCELLED if it is closed
   */
  public WatchEvent<E> next() throws InterruptedException {
    return next(FOREVER).orElseThrow();
  }

  /** As {@link #next()}; empty if nothing comes within a time. */
  public Optional<WatchEvent<E>> next(Duration within) throws InterruptedException {
    long startNs = System.nanoTime();
    WatchEvent<E> event;
    WatchSource<?, E> from;
    synchronized (this) {
      while (events.isEmpty()) {
        if (end != null) {
          throw end;
        }
        long leftNs = within.toNanos() - (System.nanoTime() - startNs);
        if (leftNs <= 0) {
          return Optional.empty();
        }
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(leftNs, TimeUnit.MILLISECONDS.toNanos(1)));
      }
      event = events.remove();
      from = source;
    }
    if (from != null && event instanceof WatchEvent.Happened<E>) {
      from.taken();
    }
    return Optional.of(event);
  }

  /** How many events wait to be taken. */
  synchronized int waiting() {
    return events.size();
  }

  synchronized void add(WatchEvent<E> event) {
    if (!closed) {
      events.add(event);
      notifyAll();
    }
  }

  /** Nothing comes any more; what waits is still given out. */
  synchronized void end(ThalwegException failure) {
    if (end == null) {
      end = failure;
      notifyAll();
    }
  }

  /** Ends it. Whoever waits for the next event gets CANCELLED. */
  @Override
  public void close() {
    WatchSource<?, E> from;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      events.clear();
      end =
          new ThalwegException(
              Refusal.of(Code.CANCELLED, "the watch was closed"), "watch", null, 1, false);
      from = source;
      notifyAll();
    }
    if (from != null) {
      from.close();
    }
  }
}
