package io.thalweg.host;

import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Threads, clocks and randomness of the machine that a node runs on.
 *
 * <p>Code that runs on a host waits through it alone, and never while it holds a monitor or a lock:
 * on a simulated host one thread runs at a time, and a thread that waits for a monitor would never
 * hand over to the one that holds it.
 *
 * <p>Thread-safe.
 */
public interface Host {
  /** This machine: platform threads, the system's clocks, a secure random source. */
  static Host machine() {
    return Machine.INSTANCE;
  }

  /** A monotonic clock, in nanoseconds from an arbitrary beginning; as {@link System#nanoTime}. */
  long nanoTime();

  /** The wall clock, in microseconds since 1970. It may jump. */
  long wallTimeUs();

  /** A source of randomness that nobody can foresee (a simulated one repeats with its seed). */
  RandomGenerator random();

  /** A daemon thread that is not yet started; {@link #start} does. */
  Thread thread(String name, Runnable body);

  /** Starts a thread of this host. */
  void start(Thread thread);

  /**
   * Waits until a thread of this host has ended. An interrupt does not end the waiting; it is
   * restored afterwards.
   */
  void join(Thread thread);

  /**
   * Waits until somebody calls {@link #unpark} for this thread; returns at once if that has
   * happened before, and may return for no reason.
   */
  void park(Object blocker);

  /** As {@link #park}, at most for a time. */
  void parkNanos(Object blocker, long nanos);

  /** Wakes a thread, or lets its next {@link #park} return at once. Null is nobody. */
  void unpark(@Nullable Thread thread);

  /**
   * Lets other threads of this machine have the core that this one is on, if any wait for it. Who
   * works for long without parking says so now and then, so that one busy thread does not take
   * whole time slices from many that have little to do.
   */
  default void giveWay() {}

  /** A random UUID of version 4. */
  default UUID newUuid() {
    RandomGenerator random = random();
    long high = (random.nextLong() & 0xFFFF_FFFF_FFFF_0FFFL) | 0x4000L;
    long low = (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }
}
