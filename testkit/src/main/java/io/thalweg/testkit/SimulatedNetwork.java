package io.thalweg.testkit;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** The way between clients and the node: late, and at times cut or chaotic. */
final class SimulatedNetwork {
  private static final long MAX_DELAY_NS = TimeUnit.MICROSECONDS.toNanos(300);
  private static final long MAX_CHAOTIC_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(800);

  private final Scheduler scheduler;
  private final SplittableRandom random;
  private long cutUntilNs;
  private long chaosUntilNs;

  SimulatedNetwork(Scheduler scheduler, long seed) {
    this.scheduler = scheduler;
    this.random = new SplittableRandom(seed);
  }

  void cutFor(long nanos) {
    cutUntilNs = Math.max(cutUntilNs, scheduler.nowNs() + nanos);
  }

  void chaosFor(long nanos) {
    chaosUntilNs = Math.max(chaosUntilNs, scheduler.nowNs() + nanos);
  }

  void heal() {
    cutUntilNs = 0;
    chaosUntilNs = 0;
  }

  /** Delivers once, later, unless it gets lost. */
  void deliver(Runnable delivery) {
    if (isLost()) {
      return;
    }
    scheduler.at(
        delayNs(),
        () -> {
          if (scheduler.nowNs() >= cutUntilNs) {
            delivery.run();
          }
        });
  }

  /** Delivers later, unless it gets lost, and sometimes twice. */
  void deliverPerhapsTwice(Runnable delivery) {
    deliver(delivery);
    if (isChaotic() && random.nextInt(3) == 0) {
      deliver(delivery);
    }
  }

  private boolean isLost() {
    return scheduler.nowNs() < cutUntilNs || (isChaotic() && random.nextInt(4) == 0);
  }

  private boolean isChaotic() {
    return scheduler.nowNs() < chaosUntilNs;
  }

  private long delayNs() {
    return 1 + random.nextLong(isChaotic() ? MAX_CHAOTIC_DELAY_NS : MAX_DELAY_NS);
  }
}
