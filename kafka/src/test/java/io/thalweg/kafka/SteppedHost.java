package io.thalweg.kafka;

import io.thalweg.host.Host;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A host without threads: whoever waits makes the world go on meanwhile, on the only thread that
 * there is. Time passes with every step.
 */
final class SteppedHost implements Host {
  private static final long STEP_NS = 1_000_000;
  private static final long START_US = 1_600_000_000_000_000L;

  private final SplittableRandom random;
  private final Runnable world;
  private long nowNs;

  SteppedHost(long seed, Runnable world) {
    random = new SplittableRandom(seed);
    this.world = world;
  }

  @Override
  public long nanoTime() {
    return nowNs;
  }

  @Override
  public long wallTimeUs() {
    return START_US + nowNs / 1000;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public Thread thread(String name, Runnable body) {
    return Thread.ofVirtual().unstarted(body);
  }

  @Override
  public void start(Thread thread) {
    // The test takes its turns.
  }

  @Override
  public void join(Thread thread) {
    // It never ran.
  }

  @Override
  public void park(Object blocker) {
    nowNs += STEP_NS;
    world.run();
  }

  @Override
  public void parkNanos(Object blocker, long nanos) {
    park(blocker);
  }

  @Override
  public void unpark(@Nullable Thread thread) {
    // Whoever parks looks again after each step.
  }
}
