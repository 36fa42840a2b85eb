package io.thalweg.testkit;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Something did not hold in a simulated run. Says what, and what happened last. */
public final class SimulationFailure extends AssertionError implements Replayable {
  private static final long serialVersionUID = 1;

  private final String invariant;
  private transient @Nullable List<Plan.Item> plan;
  private transient @Nullable Predicate<List<Plan.Item>> stillFails;
  private transient int maxRuns;

  SimulationFailure(String invariant, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.invariant = invariant;
  }

  /** The name of what did not hold. */
  public String invariant() {
    return invariant;
  }

  SimulationFailure from(
      List<Plan.Item> ofPlan, Predicate<List<Plan.Item>> failsAlso, int maxShrinkRuns) {
    plan = ofPlan;
    stillFails = failsAlso;
    maxRuns = maxShrinkRuns;
    return this;
  }

  /** The plan of the run, cut down to what still fails in the same way. */
  @Override
  public String plan() {
    List<Plan.Item> whole = plan;
    Predicate<List<Plan.Item>> fails = stillFails;
    if (whole == null || fails == null) {
      return "";
    }
    return Plan.write(Shrinker.shrink(whole, maxRuns, fails).plan());
  }
}
