/**
 * Checkpoints on disk: the rows of every partition as they were at one offset, so that a node can
 * start from them instead of from the beginning of its log.
 *
 * <ul>
 *   <li>{@link io.thalweg.runtime.checkpoint.Checkpoints}: the directory, what is in it, and how
 *       one comes into being.
 *   <li>{@link io.thalweg.runtime.checkpoint.Checkpoint}: the manifest; written last.
 *   <li>{@link io.thalweg.runtime.checkpoint.RowFile}: the bytes of a partition's file.
 * </ul>
 */
@NullMarked
package io.thalweg.runtime.checkpoint;

import org.jspecify.annotations.NullMarked;
