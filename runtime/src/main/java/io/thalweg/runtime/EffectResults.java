package io.thalweg.runtime;

import io.thalweg.runtime.system.EffectDone;
import io.thalweg.runtime.system.EffectIntended;
import io.thalweg.state.PartitionState;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Hands the results of effects to their handlers: each exactly once.
 *
 * <p>That an effect is over goes into the log as part of the same command as the handler's events.
 * A handler that throws is tried again, with growing pauses; at the {@value
 * Receiver#MAX_ATTEMPTS}th time, and at a refusal for good at once, the result becomes a dead
 * letter. One that refuses as to be tried again is, for as long as it does.
 *
 * <p>Used by the partition's thread.
 */
final class EffectResults {
  /** The most that are handled between two turns of requests. */
  private static final int TURN = 64;

  private static final long FIRST_PAUSE_MS = 5;
  private static final long MAX_PAUSE_MS = 5000;
  private static final long FULL_PAUSE_MS = 1000;

  private final ServiceModel model;
  private final ServiceInstance instance;
  private final PartitionState state;
  private final EffectTable table;
  private final Burials burials;
  private final Deciding deciding;
  private final BatchControl batches;
  private final Poisons poisons;
  private final List<Ended> waiting = new ArrayList<>();

  /** A result that is to be handled. */
  private static final class Ended {
    private final long offset;
    private final EffectResult result;
    private long notBeforeNs;
    private int refusals;
    private int thrown;

    Ended(long offset, EffectResult result, long nowNs) {
      this.offset = offset;
      this.result = result;
      notBeforeNs = nowNs;
    }

    void pause(long nowNs, long ms) {
      notBeforeNs = nowNs + TimeUnit.MILLISECONDS.toNanos(ms);
    }

    void backOff(long nowNs) {
      pause(nowNs, Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS << Math.min(refusals + thrown, 10)));
    }
  }

  EffectResults(
      ServiceModel model,
      ServiceInstance instance,
      PartitionState state,
      SystemTables tables,
      Deciding deciding,
      BatchControl batches,
      Poisons poisons,
      MessageMetrics metrics) {
    this.model = model;
    this.instance = instance;
    this.state = state;
    table = tables.effects();
    this.deciding = deciding;
    burials = new Burials(tables.deadLetters(), deciding, metrics);
    this.batches = batches;
    this.poisons = poisons;
  }

  /** How many are not yet handled. */
  int waiting() {
    return waiting.size();
  }

  /** The effect at this offset is over. */
  void add(long offset, EffectResult result, long nowNs) {
    waiting.add(new Ended(offset, result, nowNs));
  }

  /** How long nothing can be handled; {@link Long#MAX_VALUE} if nothing waits. */
  long pauseNs(long nowNs) {
    long least = Long.MAX_VALUE;
    for (Ended ended : waiting) {
      least = Math.min(least, Math.max(0, ended.notBeforeNs - nowNs));
    }
    return least;
  }

  /** Handles what may be; how many were. */
  int run(long nowNs) {
    int handled = 0;
    Iterator<Ended> each = waiting.iterator();
    while (each.hasNext() && handled < TURN && batches.accepts()) {
      Ended ended = each.next();
      if (ended.notBeforeNs - nowNs > 0) {
        continue;
      }
      if (state.overBudget()) {
        ended.pause(nowNs, Executor.OVER_BUDGET_RETRY_MS);
      } else if (handle(ended, nowNs)) {
        each.remove();
        batches.closeIfFull();
        handled++;
      }
    }
    return handled;
  }

  // False if it is to be tried again.
  private boolean handle(Ended ended, long nowNs) {
    EffectIntended intended = table.get(ended.offset);
    Caller caller = new Caller(table.placeOf(ended.offset).project(), EffectRunner.PRINCIPAL);
    EffectDone record = EffectRecords.done(ended.offset, ended.result);
    deciding.begin(caller, intended.getSlot());
    try {
      deciding.decide(() -> {
        deciding.record(record);
        instance.handle(
            intended.getHandler(),
            ended.result,
            EffectRecords.correlation(
                model,
                intended.getHandler(),
                intended.getCorrelationType(),
                intended.getCorrelation()),
            deciding);
        return record;
      });
      return true;
    } catch (Failure refusal) {
      if (refusal.isRetryable()) {
        ended.refusals++;
        ended.backOff(nowNs);
        return false;
      }
      return bury(ended, intended, caller, record, refusal, nowNs);
    } catch (RuntimeException | Error e) {
      if (Executor.isFatal(e)) {
        throw e;
      }
      Failure poison = poisoned(intended, e);
      if (++ended.thrown < Receiver.MAX_ATTEMPTS) {
        ended.backOff(nowNs);
        return false;
      }
      return bury(ended, intended, caller, record, poison, nowNs);
    }
  }

  private Failure poisoned(EffectIntended intended, Throwable error) {
    return poisons.poisoned(
        "the handler of results '" + intended.getHandler() + "'",
        error,
        "it was tried " + Receiver.MAX_ATTEMPTS + " times");
  }

  private boolean bury(
      Ended ended,
      EffectIntended intended,
      Caller caller,
      EffectDone record,
      Failure refusal,
      long nowNs) {
    boolean buried =
        burials.bury(
            caller,
            intended.getSlot(),
            record,
            Burials.letter(intended.getCorrelationType(), intended.getCorrelation(), refusal)
                .setEffect(intended.getId())
                .setEffectHandler(intended.getHandler())
                .setEffectAnswer(EffectRecords.answer(ended.result)));
    if (!buried) {
      ended.pause(nowNs, FULL_PAUSE_MS);
    }
    return buried;
  }
}
