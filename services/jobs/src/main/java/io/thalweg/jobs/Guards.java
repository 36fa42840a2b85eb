package io.thalweg.jobs;

import io.thalweg.contract.Guard;
import io.thalweg.jobs.v1.GuardRaised;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.FencingGuard;

/**
 * What a queue was shown of locks: a leader that enqueues, or a worker that reports, under a lock
 * that it has lost is refused. A newer token is an event of its own, since a request may change
 * nothing else.
 */
final class Guards {
  private final FencingGuard tokens;

  Guards(FencingGuard tokens) {
    this.tokens = tokens;
  }

  /**
   * Checks the guard of a request.
   *
   * @throws Failure as {@link FencingGuard#check}
   */
  void check(String queue, boolean given, Guard guard, CommandContext context) {
    if (!given) {
      return;
    }
    tokens.check(guard, queue);
    if (guard.getToken() > tokens.highest(guard.getLock(), queue)) {
      context.emit(GuardRaised.newBuilder().setQueue(queue).setGuard(guard).build());
    }
  }

  void raised(GuardRaised event) {
    tokens.seen(event.getGuard(), event.getQueue());
  }

  void forget(String queue) {
    tokens.forget(queue);
  }
}
