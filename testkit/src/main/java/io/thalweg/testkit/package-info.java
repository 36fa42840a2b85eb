/**
 * The test kit: a service under every crash, reorder and replay, from a seed.
 *
 * <h2>Concepts</h2>
 *
 * <ul>
 *   <li>A <b>seed</b> is a number that everything random in a run follows from. The same seed gives
 *       the same run.
 *   <li>A <b>simulation test</b> ({@link io.thalweg.testkit.SimulationTest}) runs its body for many
 *       seeds ({@link io.thalweg.testkit.Seeds}). One that fails names the seed and the command
 *       that runs it again.
 *   <li>A <b>plan</b> is what a run was made to suffer, as a list. {@link
 *       io.thalweg.testkit.Shrinker} finds a short one that still fails.
 *   <li>A <b>history</b> is what clients asked and were answered. {@link
 *       io.thalweg.testkit.linear.Linearizability} says whether it can be explained.
 * </ul>
 */
@NullMarked
package io.thalweg.testkit;

import org.jspecify.annotations.NullMarked;
