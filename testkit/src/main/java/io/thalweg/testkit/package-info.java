/**
 * Tests a service under every crash, reorder and replay.
 *
 * <h2>What is here</h2>
 *
 * <ul>
 *   <li>{@link io.thalweg.testkit.Simulation}: a real node on a simulated machine. {@code
 *       SimulatedRun} is one run, from the first start to the verdict; {@code Scheduler} runs its
 *       threads one at a time in virtual time; {@code SimulatedHost} is the machine, {@code
 *       SimulatedNode} the node with its disk, {@code SimulatedNetwork} the way to it, {@code
 *       SimulatedClient} and {@code SimulatedWatcher} who uses it. {@code Plan} says who asks what
 *       and what goes wrong.
 *   <li>{@link io.thalweg.testkit.Invariant}: what has to hold; {@code Invariants} are those that
 *       always do.
 *   <li>{@link io.thalweg.testkit.linear.Linearizability}: whether answers can be explained by one
 *       object that does one thing at a time.
 *   <li>{@link io.thalweg.testkit.SimulationTest} and {@link io.thalweg.testkit.Seeds}: a test that
 *       runs for many seeds, and the command that replays one.
 *   <li>{@link io.thalweg.testkit.Shrinker}: a short plan that still fails.
 * </ul>
 */
@NullMarked
package io.thalweg.testkit;

import org.jspecify.annotations.NullMarked;
