package io.thalweg.docs.yjs;

/**
 * Units of one client.
 *
 * @param client whose they are
 * @param clock the first of them
 * @param length how many; at least 1
 */
public record UnitRange(long client, int clock, int length) {
  /** The clock after the last of them. */
  public int end() {
    return clock + length;
  }
}
