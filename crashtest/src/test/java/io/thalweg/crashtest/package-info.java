/**
 * Faults outside of the simulator: real nodes in processes of their own, loaded over HTTP, that are
 * killed, paused, run out of disk and find their files damaged.
 *
 * <p>Where to begin: {@link io.thalweg.crashtest.KillRounds}. What is checked: {@link
 * io.thalweg.crashtest.Invariant}.
 */
@NullMarked
package io.thalweg.crashtest;

import org.jspecify.annotations.NullMarked;
