/**
 * Benchmarks, each a program that prints its result. {@code bench/run} builds and starts them; the
 * README beside it has the last results and what they do not tell.
 */
@NullMarked
package io.thalweg.bench;

import org.jspecify.annotations.NullMarked;
