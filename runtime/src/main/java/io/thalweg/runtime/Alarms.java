package io.thalweg.runtime;

import io.thalweg.runtime.Timers.Ripe;
import io.thalweg.runtime.system.TimerFired;
import io.thalweg.state.PartitionState;
import java.util.concurrent.TimeUnit;

/**
 * Fires the timers of a partition: each exactly once, in the order of their deadlines.
 *
 * <p>That a timer has fired goes into the log as part of the same command as the handler's events.
 * A timer whose handler refuses or throws has fired too, and becomes a dead letter; only one that
 * is refused as to be tried again is, up to {@value #MAX_ATTEMPTS} times within about a second,
 * while the timers after it wait.
 *
 * <p>Used by the partition's thread.
 */
final class Alarms {
  /** The most that fire between two turns of requests. */
  static final int TURN = 64;

  /** So often a timer is tried that is refused as to be tried again. */
  static final int MAX_ATTEMPTS = 8;

  /** As whom timers are executed. */
  static final String PRINCIPAL = "timer";

  private static final long FIRST_PAUSE_US = TimeUnit.MILLISECONDS.toMicros(5);
  private static final long FULL_PAUSE_US = TimeUnit.SECONDS.toMicros(1);

  private final NodeContext node;
  private final ServiceModel model;
  private final ServiceInstance instance;
  private final PartitionState state;
  private final Timers timers;
  private final Burials burials;
  private final Deciding deciding;
  private final BatchControl batches;
  private final Poisons poisons;
  private final MessageMetrics metrics;
  private long pausedUntilUs;
  private long refusedSequence = -1;
  private int refusals;

  Alarms(
      NodeContext node,
      ServiceModel model,
      ServiceInstance instance,
      PartitionState state,
      SystemTables tables,
      Deciding deciding,
      BatchControl batches,
      Poisons poisons,
      MessageMetrics metrics) {
    this.node = node;
    this.model = model;
    this.instance = instance;
    this.state = state;
    timers = tables.timers();
    this.deciding = deciding;
    burials = new Burials(tables.deadLetters(), deciding, metrics);
    this.batches = batches;
    this.poisons = poisons;
    this.metrics = metrics;
  }

  /** Log time before which there is nothing to fire. */
  long notBeforeUs() {
    return Math.max(pausedUntilUs, timers.notBeforeUs());
  }

  /** Fires what is due, at most {@link #TURN}; how many did. */
  int fire() {
    int fired = 0;
    while (fired < TURN && timers.count() > 0 && batches.accepts()) {
      long nowUs = node.clock().nowUs();
      if (nowUs < notBeforeUs()) {
        break;
      }
      Ripe ripe = timers.firstDue(nowUs);
      if (ripe == null) {
        break;
      }
      if (state.overBudget()) {
        pausedUntilUs = nowUs + Executor.OVER_BUDGET_RETRY_MS * 1000;
        break;
      }
      if (!fire(ripe, nowUs)) {
        break;
      }
      batches.closeIfFull();
      fired++;
    }
    return fired;
  }

  // False if it is to be tried again.
  private boolean fire(Ripe ripe, long nowUs) {
    // The clock is past the deadline; a batch that was begun before it is not.
    batches.notBefore(ripe.timer().getAtUs());
    Caller caller = new Caller(ripe.place().project(), PRINCIPAL);
    TimerFired record =
        TimerFired.newBuilder().setName(ripe.name()).setAtUs(ripe.timer().getAtUs()).build();
    deciding.begin(caller, ripe.place().slot());
    try {
      deciding.decide(() -> {
        // First, so that the handler may set a timer of this name again.
        deciding.record(record);
        instance.handle(
            Receiver.parse(model, ripe.timer().getRequestType(), ripe.timer().getPayload()),
            deciding);
        return record;
      });
    } catch (Failure refusal) {
      if (refusal.isRetryable() && isToBeTriedAgain(ripe, nowUs)) {
        return false;
      }
      if (!bury(ripe, caller, record, refusal, nowUs)) {
        return false;
      }
    } catch (RuntimeException | Error e) {
      if (Executor.isFatal(e)) {
        throw e;
      }
      Failure poison = poisons.poisoned(ripe.timer().getRequestType(), e, "nothing was changed");
      if (!bury(ripe, caller, record, poison, nowUs)) {
        return false;
      }
    }
    metrics.timersFired.increment();
    metrics.timerLatenessUs.add(Math.max(0, nowUs - ripe.timer().getAtUs()));
    return true;
  }

  private boolean isToBeTriedAgain(Ripe ripe, long nowUs) {
    if (ripe.timer().getSequence() != refusedSequence) {
      refusedSequence = ripe.timer().getSequence();
      refusals = 0;
    }
    if (++refusals >= MAX_ATTEMPTS) {
      return false;
    }
    pausedUntilUs = nowUs + (FIRST_PAUSE_US << refusals);
    return true;
  }

  private boolean bury(Ripe ripe, Caller caller, TimerFired record, Failure refusal, long nowUs) {
    boolean buried =
        burials.bury(
            caller,
            ripe.place().slot(),
            record,
            Burials.letter(ripe.timer().getRequestType(), ripe.timer().getPayload(), refusal)
                .setTimer(ripe.name()));
    if (!buried) {
      pausedUntilUs = nowUs + FULL_PAUSE_US;
    }
    return buried;
  }
}
