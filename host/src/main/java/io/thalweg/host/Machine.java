package io.thalweg.host;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The real machine. */
final class Machine implements Host {
  static final Machine INSTANCE = new Machine();

  private final SecureRandom random = new SecureRandom();

  private Machine() {}

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long wallTimeUs() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.getNano() / 1_000;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public Thread thread(String name, Runnable body) {
    return Thread.ofPlatform().name(name).daemon().unstarted(body);
  }

  @Override
  public void start(Thread thread) {
    thread.start();
  }

  @Override
  public void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void park(Object blocker) {
    LockSupport.park(blocker);
  }

  @Override
  public void parkNanos(Object blocker, long nanos) {
    LockSupport.parkNanos(blocker, nanos);
  }

  @Override
  public void unpark(@Nullable Thread thread) {
    LockSupport.unpark(thread);
  }

  @Override
  public void giveWay() {
    Thread.yield();
  }
}
