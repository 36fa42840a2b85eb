package io.thalweg.runtime;

/**
 * How an effect ended.
 *
 * @param id of the effect, as {@link CommandContext#effect} gave it
 * @param attempts how often it was tried since its partition was last opened, 0 or more; earlier
 *     ones are not counted, though they may have reached the receiver
 * @param end why it is not tried again
 * @param outcome of the last attempt
 */
public record EffectResult(String id, int attempts, End end, EffectOutcome outcome) {
  /** Why an effect is not tried again. */
  public enum End {
    /** The receiver took it. */
    SUCCEEDED,
    /** The receiver refused it for good, or it cannot be made at all. */
    REFUSED,
    /** It was tried as often as it may. */
    ATTEMPTS_USED_UP,
    /** Its time was over. The receiver may have taken it all the same. */
    EXPIRED
  }

  /** Whether the receiver took it. */
  public boolean succeeded() {
    return end == End.SUCCEEDED;
  }
}
