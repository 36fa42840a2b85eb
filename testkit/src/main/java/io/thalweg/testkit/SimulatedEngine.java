package io.thalweg.testkit;

import io.thalweg.host.Host;
import io.thalweg.log.Log;

/**
 * The log of another engine under a simulated node: what outlives the node, such as a model of the
 * cluster that holds the log. One for each run.
 */
public interface SimulatedEngine {
  /** Makes the engine of a run. */
  @FunctionalInterface
  interface Maker {
    /**
     * @param seed of everything random in it
     * @param world a machine that is never killed; what the engine does by itself runs there
     */
    SimulatedEngine make(long seed, Host world);
  }

  /**
   * Opens the log for one life of the node.
   *
   * @param host the machine of that life
   */
  Log openLog(Host host);

  /** Whatever goes wrong in it by itself has gone wrong; what is on its way arrives. */
  void heal();
}
