/**
 * The machine that a node runs on: threads, clocks, randomness.
 *
 * <p>{@link io.thalweg.host.Host} is the only way in which the log, the tables and the runtime meet
 * anything that is not deterministic, files apart. A simulator puts its own in place.
 */
@NullMarked
package io.thalweg.host;

import org.jspecify.annotations.NullMarked;
