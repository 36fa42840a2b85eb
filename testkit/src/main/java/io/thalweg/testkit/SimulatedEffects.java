package io.thalweg.testkit;

import com.google.protobuf.ByteString;
import io.thalweg.runtime.EffectAttempt;
import io.thalweg.runtime.EffectOutcome;
import io.thalweg.runtime.EffectPerformer;
import io.thalweg.runtime.EffectRetryPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * The world outside a simulated node, that its effects call: late, away, busy, broken, and at times
 * without an answer though it took the request. It outlives the node, and so do requests that are
 * on their way to it.
 */
final class SimulatedEffects {
  /** Quick, so that a run need not go on for hours after its last fault. */
  static final EffectRetryPolicy RETRIES = new EffectRetryPolicy(50, 5_000, 10_000, 100_000);

  private static final long MAX_QUICK_NS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Scheduler scheduler;
  private final SplittableRandom random;
  private final Map<String, List<Attempt>> attempts = new TreeMap<>();
  private boolean isHealed;

  /** A call of the node. */
  static final class Attempt {
    private final long durableOffset;
    private boolean isReached;

    Attempt(long durableOffset) {
      this.durableOffset = durableOffset;
    }

    /** The durable end of the partition's log when the call began; -1 if it is not known. */
    long durableOffset() {
      return durableOffset;
    }

    /** Whether the request arrived. */
    boolean isReached() {
      return isReached;
    }
  }

  SimulatedEffects(Scheduler scheduler, long seed) {
    this.scheduler = scheduler;
    random = new SplittableRandom(seed);
  }

  /** Takes everything at once from now on. */
  void heal() {
    isHealed = true;
  }

  /** All calls of the effects, by their ids. */
  Map<String, List<Attempt>> attempts() {
    return attempts;
  }

  /**
   * What a life of the node calls.
   *
   * @param host of that life: a dead one hears no outcome
   * @param durable the durable end of the log of the partition that an effect's id names
   */
  EffectPerformer performer(SimulatedHost host, ToLongFunction<String> durable) {
    return (attempt, done) -> {
      Attempt begun = new Attempt(durable.applyAsLong(attempt.id()));
      attempts.computeIfAbsent(attempt.id(), id -> new ArrayList<>()).add(begun);
      perform(
          attempt,
          begun,
          outcome -> {
            if (!host.isDead()) {
              done.accept(outcome);
            }
          });
    };
  }

  private void perform(EffectAttempt attempt, Attempt begun, Consumer<EffectOutcome> done) {
    long timeoutNs = TimeUnit.MILLISECONDS.toNanos(attempt.request().timeoutMs());
    int fate = isHealed ? 0 : random.nextInt(12);
    switch (fate) {
      case 0, 1, 2, 3 -> answer(begun, timeoutNs, answered(200), done);
      case 4 -> {
        // Within the call of the performer.
        begun.isReached = true;
        done.accept(answered(204));
      }
      case 5 -> done.accept(failed(EffectOutcome.Kind.BUSY));
      case 6 ->
          scheduler.at(delayNs(timeoutNs), () -> done.accept(failed(EffectOutcome.Kind.CONNECT)));
      case 7 -> answer(begun, timeoutNs, answered(503), done);
      case 8 -> {
        // Taken, and the answer is lost.
        scheduler.at(delayNs(timeoutNs), () -> begun.isReached = true);
        scheduler.at(timeoutNs, () -> done.accept(failed(EffectOutcome.Kind.TIMEOUT)));
      }
      case 9 -> scheduler.at(timeoutNs, () -> done.accept(failed(EffectOutcome.Kind.TIMEOUT)));
      case 10 -> answer(begun, timeoutNs, failed(EffectOutcome.Kind.IO), done);
      default -> answer(begun, timeoutNs, answered(random.nextBoolean() ? 410 : 200), done);
    }
  }

  private void answer(
      Attempt begun, long timeoutNs, EffectOutcome outcome, Consumer<EffectOutcome> done) {
    long thereNs = delayNs(timeoutNs / 2);
    scheduler.at(thereNs, () -> begun.isReached = true);
    scheduler.at(thereNs + delayNs(timeoutNs / 2), () -> done.accept(outcome));
  }

  private long delayNs(long mostNs) {
    return 1 + random.nextLong(random.nextInt(4) == 0 ? mostNs : Math.min(mostNs, MAX_QUICK_NS));
  }

  private static EffectOutcome answered(int status) {
    return new EffectOutcome.Responded(status, List.of(), ByteString.EMPTY, false);
  }

  private static EffectOutcome failed(EffectOutcome.Kind kind) {
    return new EffectOutcome.Failed(kind, "simulated");
  }
}
