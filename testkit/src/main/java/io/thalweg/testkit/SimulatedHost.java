package io.thalweg.testkit;

import io.thalweg.host.Host;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A machine in the simulation, from its start to its end: its threads, its clocks, its randomness.
 * A node that is started again gets a new one.
 */
final class SimulatedHost implements Host {
  /**
   * Wall time at virtual time 0: 2020-01-01. Far from now, so that who reads a real clock shows.
   */
  static final long START_US = TimeUnit.SECONDS.toMicros(1_577_836_800L);

  private static final long MAX_LATE_NS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Scheduler scheduler;
  private final String name;
  private final RandomGenerator random;
  private long wallSkewUs;
  private long busyUntilNs;
  private boolean dead;

  SimulatedHost(Scheduler scheduler, String name, long seed) {
    this.scheduler = scheduler;
    this.name = name;
    this.random = new SplittableRandom(seed);
  }

  /** The wall clock jumps, forward or back. */
  void jumpWallClock(long us) {
    wallSkewUs += us;
  }

  long wallSkewUs() {
    return wallSkewUs;
  }

  /** For a time, threads that could run have to wait for a processor. */
  void busyFor(long nanos) {
    busyUntilNs = scheduler.nowNs() + nanos;
  }

  /** How long a thread that could run now has to wait for a processor. */
  long latenessNs() {
    if (scheduler.nowNs() >= busyUntilNs || random.nextInt(4) > 0) {
      return 0;
    }
    return 1 + random.nextLong(MAX_LATE_NS);
  }

  boolean isDead() {
    return dead;
  }

  void markDead() {
    dead = true;
  }

  /** Kills it: none of its threads goes on. Returns when all have ended; not from one of them. */
  void kill() {
    dead = true;
    scheduler.wakeDead();
    scheduler.awaitUnwound(this);
  }

  /** Lets time pass on the running thread. */
  void sleep(long nanos) {
    scheduler.sleep(nanos);
  }

  @Override
  public long nanoTime() {
    return scheduler.readNs();
  }

  @Override
  public long wallTimeUs() {
    return START_US + scheduler.nowNs() / 1_000 + wallSkewUs;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public Thread thread(String threadName, Runnable body) {
    return scheduler.task(this, name + "/" + threadName, body).thread();
  }

  @Override
  public void start(Thread thread) {
    scheduler.start(thread);
  }

  @Override
  public void join(Thread thread) {
    scheduler.join(thread);
  }

  @Override
  public void park(Object blocker) {
    scheduler.park(Long.MAX_VALUE);
  }

  @Override
  public void parkNanos(Object blocker, long nanos) {
    if (nanos > 0) {
      scheduler.park(nanos);
    }
  }

  @Override
  public void unpark(@Nullable Thread thread) {
    scheduler.unpark(thread);
  }
}
