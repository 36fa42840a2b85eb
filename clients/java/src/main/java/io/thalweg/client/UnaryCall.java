package io.thalweg.client;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request until it has its answer: attempts one after the other with pauses between, and for
 * reads a second one beside the first (a hedge). All attempts of a command bear the same name,
 * drawn before the first, so that the server executes it once.
 *
 * <p>What is sent again:
 *
 * <ul>
 *   <li>after RESOURCE_EXHAUSTED with a time to come back: everything, since it was refused before
 *       it was executed
 *   <li>after UNAVAILABLE, or when the other side cut the call: reads and named commands. It is not
 *       known whether a command was executed, and its name makes that no matter
 *   <li>after everything else: nothing. It is an answer
 * </ul>
 *
 * <p>At most one hedge is sent, beside the first attempt. Thread-safe.
 */
final class UnaryCall<Q extends Message, R extends Message> {
  private final ClientCore core;
  private final ServiceMethod<Q, R> method;
  private final Q request;
  private final RequestNames.@Nullable Drawn drawn;
  private final @Nullable String name;
  private final long startNs = System.nanoTime();
  private final long timeoutNs;
  private final Hedging hedging;
  private final @Nullable String session;
  private final PendingReply<R> result;

  // Guarded by this, which nobody holds while calling out.
  private final List<Attempt<Q, R>> running = new ArrayList<>(2);
  private int attempts;
  private boolean open;
  private boolean done;
  private Pauses.@Nullable Pause timer;

  UnaryCall(ClientCore core, ServiceMethod<Q, R> method, Q request, CallSettings settings) {
    this.core = core;
    this.method = method;
    this.request = request;
    Duration timeout = settings.timeout() == null ? core.options().timeout() : settings.timeout();
    this.timeoutNs = timeout.toNanos();
    boolean named = method.treatment() == ServiceMethod.Treatment.NAMED;
    this.drawn = named && settings.name() == null ? core.names().draw(timeout) : null;
    this.name = drawn != null ? drawn.text() : named ? settings.name() : null;
    this.hedging =
        method.treatment() != ServiceMethod.Treatment.READ
            ? Hedging.off()
            : settings.hedging() != null ? settings.hedging() : core.options().hedging();
    this.session = method.treatment() == ServiceMethod.Treatment.READ ? settings.session() : null;
    this.result = new PendingReply<>(method.name(), name);
  }

  PendingReply<R> start() {
    if (!core.enter()) {
      core.options().listener().overInFlight(method);
      endName(true);
      result.completeExceptionally(
          failure(
              Refusal.of(
                  Code.RESOURCE_EXHAUSTED,
                  "this client has "
                      + core.options().maxInFlight()
                      + " requests in flight already; wait for some of them"),
              0,
              false));
      return result;
    }
    core.budget().requested();
    result.onCancel(this::cancelled);
    send(false);
    OptionalLong delayNs = hedgeDelayNs();
    if (delayNs.isPresent()) {
      pause(delayNs.getAsLong(), this::hedge);
    }
    return result;
  }

  private OptionalLong hedgeDelayNs() {
    return switch (hedging) {
      case Hedging.Off _ -> OptionalLong.empty();
      case Hedging.After after -> OptionalLong.of(TimeUnit.MILLISECONDS.toNanos(after.delayMs()));
      case Hedging.AfterP95 p95 -> {
        OptionalLong seen = core.latencies(method).p95Ns();
        yield seen.isEmpty()
            ? seen
            : OptionalLong.of(
                Math.max(seen.getAsLong(), TimeUnit.MILLISECONDS.toNanos(p95.leastMs())));
      }
    };
  }

  private void send(boolean hedge) {
    Attempt<Q, R> attempt = new Attempt<>(this, hedge);
    long leftNs = timeoutNs - (System.nanoTime() - startNs);
    boolean late = leftNs <= 0;
    synchronized (this) {
      if (done || (hedge && (running.size() != 1 || attempts != 1))) {
        return;
      }
      if (!late) {
        attempts++;
        running.add(attempt);
      }
    }
    if (late) {
      fail(Refusal.of(Code.DEADLINE_EXCEEDED, "its time was over before it could be sent again"));
      return;
    }
    if (hedge) {
      core.options().listener().hedged(method);
    }
    attempt.send(core.connection(), method, request, name, session, leftNs);
  }

  private void hedge() {
    synchronized (this) {
      if (done || running.size() != 1 || attempts != 1) {
        return;
      }
    }
    if (core.budget().take()) {
      send(true);
    } else {
      core.options().listener().overBudget(method);
    }
  }

  void answered(Attempt<Q, R> attempt, R reply, @Nullable String position, @Nullable String lag) {
    if (!end(attempt)) {
      return;
    }
    if (method.treatment() == ServiceMethod.Treatment.READ) {
      core.latencies(method).add(System.nanoTime() - attempt.startNs());
    }
    ended(Code.OK, true);
    result.answer(reply, position, lag);
  }

  void refused(Attempt<Q, R> attempt, Refusal refusal) {
    boolean again =
        refusal.refusedForNow()
            || (refusal.passing() && method.treatment() != ServiceMethod.Treatment.ONCE);
    int sent;
    synchronized (this) {
      if (!running.remove(attempt) || done) {
        return;
      }
      open |= refusal.leavesOutcomeOpen();
      if (again && !running.isEmpty()) {
        // The other attempt may still bring the answer.
        return;
      }
      sent = attempts;
    }
    if (again && core.connection().isClosed()) {
      // However the closing ended the attempt (cancelled, or not sent at all): one answer for all.
      fail(Refusal.of(Code.UNAVAILABLE, "this client was closed before it had an answer"));
      return;
    }
    if (!again || sent >= core.options().retries().maxAttempts()) {
      fail(refusal);
      return;
    }
    long pauseNs =
        TimeUnit.MILLISECONDS.toNanos(core.backoff().pauseMs(sent, refusal.retryDelay()));
    if (System.nanoTime() - startNs + pauseNs >= timeoutNs) {
      // Waiting for longer than there is time only delays the bad news.
      fail(refusal);
      return;
    }
    if (!core.budget().take()) {
      core.options().listener().overBudget(method);
      fail(refusal);
      return;
    }
    core.options().listener().retried(method);
    pause(
        pauseNs,
        () -> {
          if (refusal.code() == Code.UNAVAILABLE) {
            core.connection().reconnect();
          }
          send(false);
        });
  }

  private void pause(long delayNs, Runnable next) {
    Pauses.Pause pending = core.connection().later(delayNs, next);
    synchronized (this) {
      if (!done) {
        timer = pending;
        return;
      }
    }
    pending.cancel();
  }

  private void fail(Refusal refusal) {
    if (!end(null)) {
      return;
    }
    int sent;
    boolean unknown;
    synchronized (this) {
      sent = attempts;
      // A definite answer to the last attempt says what became of all.
      unknown =
          open
              && method.treatment() != ServiceMethod.Treatment.READ
              && (refusal.leavesOutcomeOpen() || refusal.refusedForNow());
    }
    ended(refusal.code(), !unknown);
    result.completeExceptionally(failure(refusal, sent, unknown));
  }

  private ThalwegException failure(Refusal refusal, int sent, boolean unknown) {
    return new ThalwegException(refusal, method.name(), name, sent, unknown);
  }

  private void cancelled() {
    if (end(null)) {
      ended(Code.CANCELLED, false);
    }
  }

  private void ended(Code code, boolean outcomeKnown) {
    int sent;
    synchronized (this) {
      sent = attempts;
    }
    endName(outcomeKnown);
    core.leave();
    core.options().listener().ended(method, code, sent, System.nanoTime() - startNs);
  }

  private void endName(boolean outcomeKnown) {
    if (drawn != null) {
      core.names().ended(drawn, outcomeKnown);
    }
  }

  /** Makes it done and stops everything but the attempt that ended; false if it was done before. */
  private boolean end(@Nullable Attempt<Q, R> ended) {
    List<Attempt<Q, R>> others;
    Pauses.Pause pending;
    synchronized (this) {
      if (done) {
        return false;
      }
      done = true;
      running.remove(ended);
      others = List.copyOf(running);
      running.clear();
      pending = timer;
    }
    if (pending != null) {
      pending.cancel();
    }
    others.forEach(Attempt::cancel);
    return true;
  }
}
