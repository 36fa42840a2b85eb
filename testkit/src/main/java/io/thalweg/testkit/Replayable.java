package io.thalweg.testkit;

/**
 * A failure that knows the plan it came from. An error or exception that implements it has the plan
 * in the command that replays it.
 */
public interface Replayable {
  /**
   * The plan as a short string, one line, that the test reads again from {@link Seeds#plan()}.
   *
   * <p>Called once, for the failure that is reported and for no other one. So it may take the time
   * to shrink the plan. Empty if there is nothing to say.
   */
  String plan();
}
