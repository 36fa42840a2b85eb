package io.thalweg.runtime;

import com.google.rpc.Code;
import io.thalweg.runtime.EffectOutcome.Failed;
import io.thalweg.runtime.EffectOutcome.Kind;
import io.thalweg.runtime.EffectResult.End;
import io.thalweg.runtime.system.EffectIntended;
import io.thalweg.state.PartitionState;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the effects of a partition performed, once the batch that they were asked for in is durable,
 * each until it succeeds, is refused for good or is given up; then hands the result over ({@link
 * EffectResults}).
 *
 * <p>At most {@value #WINDOW} are in flight or have a result that is not yet handled; the request
 * of an effect is in memory only while it is in flight. One that waits to be tried again takes no
 * place, so a receiver that is away holds nobody up; it and a new one take turns. How often an
 * effect was tried and when it is due is in memory only: when the partition opens again, every
 * effect begins with attempt 1.
 *
 * <p>Used by the partition's thread; outcomes come from others, or in the middle of a call of the
 * performer, and wait in a queue.
 */
final class EffectRunner {
  static final String PRINCIPAL = "effect";
  static final int WINDOW = 256;
  static final int WINDOW_BYTES = 8 << 20;

  /** The most that begin between two turns of requests. */
  private static final int TURN = 64;

  private static final Logger LOG = LoggerFactory.getLogger(EffectRunner.class);

  private final Partition partition;
  private final NodeContext node;
  private final @Nullable EffectSetup setup;
  private final EffectTable table;
  private final EffectMetrics metrics;
  private final EffectResults results;
  private final Map<Long, Tried> tried = new HashMap<>();
  private final TreeSet<Due> retries = new TreeSet<>();
  private final Queue<Answered> mail = new ConcurrentLinkedQueue<>();
  private long lastBegun = -1;
  private boolean retryNext;
  private int inFlight;
  private long inFlightBytes;

  /** An effect that was begun. */
  private static final class Tried {
    private long firstAtUs;
    private int attempt;
    private int sizeBytes;
    private boolean isInFlight;
  }

  /** When an effect is tried again. */
  private record Due(long atNs, long offset) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int byTime = Long.compare(atNs - other.atNs, 0);
      return byTime != 0 ? byTime : Long.compare(offset, other.offset);
    }
  }

  /** What became of an attempt. */
  private record Answered(long offset, int attempt, EffectOutcome outcome) {}

  EffectRunner(
      Partition partition,
      NodeContext node,
      ServiceModel model,
      ServiceInstance instance,
      PartitionState state,
      SystemTables tables,
      Deciding deciding,
      BatchControl batches,
      Poisons poisons,
      PartitionMetrics metrics) {
    this.partition = partition;
    this.node = node;
    setup = node.effects();
    table = tables.effects();
    this.metrics = metrics.effects;
    results =
        new EffectResults(
            model, instance, state, tables, deciding, batches, poisons, metrics.messages);
    present();
    if (setup == null && table.size() > 0) {
      LOG.warn(
          "{}: {} effects are pending and are not performed: the node was opened without"
              + " Thalweg.effects(performer)",
          partition.id(),
          table.size());
    }
  }

  /** Tells the metrics how many there are now. */
  void present() {
    metrics.present(table.size(), inFlight);
  }

  /** Whether outcomes have come since {@link #run}. Any thread. */
  boolean hasMail() {
    return !mail.isEmpty();
  }

  /** How long nothing needs to be done unless something happens; {@link Long#MAX_VALUE}: ever. */
  long pauseNs(long nowNs) {
    long pauseNs = results.pauseNs(nowNs);
    if (hasRoom() && !retries.isEmpty()) {
      pauseNs = Math.min(pauseNs, Math.max(0, retries.first().atNs() - nowNs));
    }
    return pauseNs;
  }

  /**
   * Takes outcomes, hands results over and begins what may be.
   *
   * @param durableOffset effects that were asked for below it may begin
   * @return how much was done
   */
  int run(long nowNs, long durableOffset) {
    EffectSetup present = setup;
    if (present == null) {
      return 0;
    }
    int done = takeMail(present, nowNs) + results.run(nowNs);
    for (int begun = 0; begun < TURN && hasRoom(); begun++) {
      long next = next(nowNs, durableOffset);
      if (next == Long.MAX_VALUE) {
        break;
      }
      begin(present, next, nowNs);
      done++;
    }
    return done;
  }

  private boolean hasRoom() {
    return inFlight + results.waiting() < WINDOW && inFlightBytes < WINDOW_BYTES;
  }

  // The next to be tried: one that is due again and one that is new take turns.
  private long next(long nowNs, long durableOffset) {
    long fresh = table.nextAfter(lastBegun);
    boolean isFresh = fresh < durableOffset;
    boolean isDue = !retries.isEmpty() && retries.first().atNs() - nowNs <= 0;
    if (isDue && (retryNext || !isFresh)) {
      retryNext = false;
      return retries.removeFirst().offset();
    }
    if (isFresh) {
      retryNext = true;
      lastBegun = fresh;
      return fresh;
    }
    return Long.MAX_VALUE;
  }

  private void begin(EffectSetup present, long offset, long nowNs) {
    Tried effect = tried.computeIfAbsent(offset, o -> new Tried());
    EffectIntended intended = table.get(offset);
    if (node.clock().nowUs() - intended.getFirstAtUs() >= present.expiresUs()) {
      end(offset, End.EXPIRED, never("its time was over"), nowNs);
      return;
    }
    Trace trace =
        intended.getTrace().size() == Trace.CONTEXT_BYTES
            ? node.tracing().resume(intended.getHandler(), intended.getTrace().toByteArray(), nowNs)
            : null;
    EffectAttempt attempt;
    try {
      attempt =
          new EffectAttempt(
              intended.getId(), effect.attempt + 1, EffectRecords.request(intended, trace));
    } catch (IllegalArgumentException e) {
      // Another release has written it.
      end(offset, End.REFUSED, never(String.valueOf(e.getMessage())), nowNs);
      return;
    }
    effect.firstAtUs = intended.getFirstAtUs();
    effect.attempt++;
    effect.isInFlight = true;
    effect.sizeBytes = intended.getSerializedSize();
    inFlight++;
    inFlightBytes += effect.sizeBytes;
    metrics.attempts.increment();
    try {
      present
          .performer()
          .perform(
              attempt,
              outcome -> {
                if (trace != null) {
                  trace.end(outcome instanceof Failed ? Code.UNAVAILABLE : Code.OK);
                }
                answered(new Answered(offset, attempt.attempt(), outcome));
              });
    } catch (RuntimeException e) {
      // It must not. The partition would fail again and again if this was left to it.
      LOG.error("{}: the performer of effects threw", partition.id(), e);
      answered(
          new Answered(
              offset,
              attempt.attempt(),
              new Failed(Kind.IO, "the performer threw " + e.getClass().getName())));
    }
  }

  private static EffectOutcome never(String why) {
    return new Failed(Kind.NOT_ATTEMPTED, why);
  }

  private void answered(Answered answer) {
    mail.add(answer);
    partition.wake();
  }

  private int takeMail(EffectSetup present, long nowNs) {
    int taken = 0;
    for (Answered answer = mail.poll(); answer != null; answer = mail.poll()) {
      taken++;
      Tried effect = tried.get(answer.offset());
      if (effect == null || !effect.isInFlight || effect.attempt != answer.attempt()) {
        LOG.error("{}: an attempt of an effect ended twice", partition.id());
        continue;
      }
      effect.isInFlight = false;
      inFlight--;
      inFlightBytes -= effect.sizeBytes;
      ended(present, answer, effect, nowNs);
    }
    return taken;
  }

  private void ended(EffectSetup present, Answered answer, Tried effect, long nowNs) {
    long nowMs = TimeUnit.MICROSECONDS.toMillis(node.host().wallTimeUs());
    switch (present
        .retries()
        .after(answer.outcome(), effect.attempt, nowMs, node.host().random())) {
      case EffectRetryPolicy.Done done ->
          end(answer.offset(), End.SUCCEEDED, answer.outcome(), nowNs);
      case EffectRetryPolicy.GiveUp(boolean attemptsUsedUp) ->
          end(
              answer.offset(),
              attemptsUsedUp ? End.ATTEMPTS_USED_UP : End.REFUSED,
              answer.outcome(),
              nowNs);
      case EffectRetryPolicy.Retry(long delayMs) -> {
        long againUs = node.clock().nowUs() + TimeUnit.MILLISECONDS.toMicros(delayMs);
        if (againUs - effect.firstAtUs >= present.expiresUs()) {
          end(answer.offset(), End.EXPIRED, answer.outcome(), nowNs);
        } else {
          metrics.retried.increment();
          retries.add(new Due(nowNs + TimeUnit.MILLISECONDS.toNanos(delayMs), answer.offset()));
        }
      }
    }
  }

  private void end(long offset, End end, EffectOutcome outcome, long nowNs) {
    Tried effect = tried.remove(offset);
    (end == End.SUCCEEDED ? metrics.succeeded : metrics.givenUp).increment();
    EffectIntended intended = table.get(offset);
    results.add(
        offset,
        new EffectResult(intended.getId(), effect == null ? 0 : effect.attempt, end, outcome),
        nowNs);
  }
}
