package io.thalweg.keys;

import io.thalweg.keys.space.Permutation;

/**
 * Where the blocks of a namespace lie: a secret permutation of blocks of equal size, so that a run
 * of positions within a block is a run of numbers. What is left at the end of the namespace, less
 * than a block, stays where it is. A holder of a lease that knows the mask sees in which blocks its
 * own numbers are, and nothing of the others.
 */
final class BlockOrder {
  private static final long MAX_BLOCK = 4_096;

  private final long blockSize;
  private final long ordered;
  private final Permutation blocks;

  /**
   * An order.
   *
   * @param key 16 bytes
   * @param size how many positions, 1 to 2^62
   */
  BlockOrder(byte[] key, long size) {
    long block = 1;
    while (block < MAX_BLOCK && block * 2 <= size / (block * 2)) {
      block *= 2;
    }
    blockSize = block;
    ordered = size / block * block;
    blocks = new Permutation(key, size / block);
  }

  /** The number of a position. */
  long numberAt(long position) {
    return position >= ordered
        ? position
        : blocks.apply(position / blockSize) * blockSize + position % blockSize;
  }

  /** The position of a number. */
  long positionOf(long number) {
    return number >= ordered
        ? number
        : blocks.invert(number / blockSize) * blockSize + number % blockSize;
  }

  /** How many positions from this one on have consecutive numbers, at most {@code most}. */
  long runFrom(long position, long most) {
    return position >= ordered ? most : Math.min(most, blockSize - position % blockSize);
  }
}
