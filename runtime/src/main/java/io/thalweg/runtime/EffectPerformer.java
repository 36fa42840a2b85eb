package io.thalweg.runtime;

import java.util.function.Consumer;

/**
 * Makes the calls to the world outside that services ask for. A performer makes a call once each
 * time it is asked; calling at least once, and what happens after an outcome, is for the one who
 * asks.
 *
 * <p>Thread-safe.
 */
public interface EffectPerformer {
  /**
   * Makes one attempt. Never blocks and does not throw: what cannot be done now, or at all, is an
   * outcome too. An attempt that ended without a response may still have reached its receiver; the
   * receiver tells a repeated one by the id.
   *
   * @param done called exactly once, from any thread and possibly before this method returns. It
   *     may block for a moment only; what it throws is logged
   */
  void perform(EffectAttempt attempt, Consumer<EffectOutcome> done);
}
