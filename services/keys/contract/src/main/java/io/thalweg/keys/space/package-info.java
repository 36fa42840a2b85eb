/**
 * How numbers become keys, for the service and for its clients alike: a number is permuted ({@link
 * io.thalweg.keys.space.Permutation}), written in an alphabet ({@link
 * io.thalweg.keys.space.KeyText}), and passed over if it holds a blocked word ({@link
 * io.thalweg.keys.space.BlockedWords}). {@link io.thalweg.keys.space.KeyMaker} does all of it.
 *
 * <p>What is here is part of the contract: a change of what a number becomes would give a key
 * twice.
 */
@NullMarked
package io.thalweg.keys.space;

import org.jspecify.annotations.NullMarked;
