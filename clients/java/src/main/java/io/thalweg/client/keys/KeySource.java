package io.thalweg.client.keys;

import io.thalweg.client.PendingReply;
import io.thalweg.client.ThalwegException;
import io.thalweg.keys.v1.LeaseKeysResponse;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Gives keys of a namespace out of leased blocks, two of them: while one is used, the next one is
 * leased as soon as the first is half used. So {@link #next} waits for the network only at the
 * beginning, or if keys are used faster than blocks arrive.
 *
 * <p>A block is given up when its lease is over by this machine's own monotonic clock, counted from
 * before it was asked for. No key would be given twice without that: a block belongs to its lease
 * until it is handed back. It keeps the count of keys of unknown fate honest.
 *
 * <p>Thread-safe. Threads that want millions of keys a second each do better with a source of their
 * own, or with {@link #next(String[])}.
 */
public final class KeySource implements AutoCloseable {
  private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final BlockLeases leases;

  private @Nullable KeyBlock current;
  private @Nullable KeyBlock spare;
  private @Nullable PendingReply<LeaseKeysResponse> asked;
  private @Nullable ThalwegException failure;
  private long askAgainNs;
  private boolean closed;
  private long waits;

  KeySource(BlockLeases leases) {
    this.leases = leases;
    lock.lock();
    try {
      ask();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next key.
   *
   * @throws ThalwegException if there is none in hand and none could be leased; the next call tries
   *     again
   * @throws CompletionException if the thread was interrupted while it waited (it stays so)
   * @throws IllegalStateException if the source is closed
   */
  public String next() {
    lock.lock();
    try {
      return take(System.nanoTime());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Fills an array with keys; faster than one by one.
   *
   * @throws ThalwegException as {@link #next()}; keys that were in the array's beginning already
   *     are then lost, which no other caller is given either
   */
  public void next(String[] keys) {
    lock.lock();
    try {
      long nowNs = System.nanoTime();
      for (int i = 0; i < keys.length; i++) {
        keys[i] = take(nowNs);
      }
    } finally {
      lock.unlock();
    }
  }

  /** How often a caller had to wait for a block; the first time included. */
  public long waits() {
    lock.lock();
    try {
      return waits;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the next block is there. */
  boolean hasSpare() {
    lock.lock();
    try {
      return spare != null;
    } finally {
      lock.unlock();
    }
  }

  private String take(long nowNs) {
    long now = nowNs;
    while (true) {
      if (closed) {
        throw new IllegalStateException("the source of keys is closed");
      }
      KeyBlock block = current;
      if (block != null) {
        String key = block.isExpired(now) ? null : block.next();
        if (key != null) {
          if (spare == null && asked == null && block.isHalfUsed()) {
            askAfterPause(now);
          }
          return key;
        }
        leases.finished(block.progress());
        current = null;
      }
      if (spare != null) {
        current = spare;
        spare = null;
      } else {
        await();
        now = System.nanoTime();
      }
    }
  }

  /** Waits until a block is there. */
  private void await() {
    if (asked == null) {
      failure = null;
      ask();
    }
    waits++;
    PendingReply<LeaseKeysResponse> awaited = asked;
    while (asked == awaited && awaited != null && !closed) {
      try {
        changed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CompletionException("interrupted while waiting for keys", e);
      }
    }
    if (spare == null && failure != null) {
      throw failure;
    }
  }

  private void askAfterPause(long nowNs) {
    if (failure == null || nowNs - askAgainNs >= 0) {
      ask();
    }
  }

  private void ask() {
    PendingReply<LeaseKeysResponse> reply = leases.ask();
    asked = reply;
    var _ = reply.whenCompleteAsync(this::answered, Thread::startVirtualThread);
  }

  private void answered(@Nullable LeaseKeysResponse reply, @Nullable Throwable problem) {
    lock.lock();
    try {
      asked = null;
      if (reply != null) {
        failure = null;
        KeyBlock block = leases.leased(reply);
        if (closed) {
          leases.finished(block.progress());
        } else {
          spare = block;
        }
      } else if (problem != null) {
        leases.refused(problem);
        failure = problem instanceof ThalwegException refusal ? refusal : null;
        askAgainNs = System.nanoTime() + PAUSE_NS;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Hands back what is left of the blocks and waits for the answers, for as long as the client's
   * timeout allows. What cannot be handed back stays of unknown fate. Callers that wait for a key
   * are told that the source is closed.
   */
  @Override
  public void close() {
    List<PendingReply<?>> replies;
    PendingReply<LeaseKeysResponse> last;
    lock.lock();
    try {
      closed = true;
      last = asked;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (last != null) {
      settle(last);
    }
    lock.lock();
    try {
      while (asked != null) {
        changed.awaitUninterruptibly();
      }
      finish(current);
      finish(spare);
      current = null;
      spare = null;
      replies = leases.handBack();
    } finally {
      lock.unlock();
    }
    replies.forEach(KeySource::settle);
  }

  private void finish(@Nullable KeyBlock block) {
    if (block != null) {
      leases.finished(block.progress());
    }
  }

  private static void settle(PendingReply<?> reply) {
    try {
      reply.await();
    } catch (ThalwegException e) {
      // The keys of the block stay of unknown fate, which the service counts.
    }
  }
}
