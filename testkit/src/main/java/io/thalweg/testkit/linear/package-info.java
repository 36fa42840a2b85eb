/**
 * Linearizability: whether the answers that clients got can be explained by one object that does
 * one thing at a time.
 *
 * <h2>Concepts</h2>
 *
 * <ul>
 *   <li>An <b>operation</b> is what one client asked of one key, what it was answered, and when. It
 *       took effect in one instant between its invocation and its return.
 *   <li>An operation with an <b>unknown outcome</b> (a lost reply, a passed deadline) may take
 *       effect at any time after its invocation, or never. A <b>refused</b> one, of which it is
 *       certain that it was not executed, is left out of the history.
 *   <li>A <b>sequential model</b> says what the object does when nothing is concurrent.
 *   <li>A history is <b>linearizable</b> if its operations can be put into an order that the model
 *       allows, in which no operation comes before one that had returned when it was invoked.
 * </ul>
 *
 * <h2>Where to start reading</h2>
 *
 * {@link io.thalweg.testkit.linear.History} records operations while a test runs; {@link
 * io.thalweg.testkit.linear.Linearizability} decides; {@link io.thalweg.testkit.linear.Verdict} is
 * what it found.
 */
@NullMarked
package io.thalweg.testkit.linear;

import org.jspecify.annotations.NullMarked;
