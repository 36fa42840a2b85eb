package io.thalweg.client;

/**
 * Where a watch begins.
 *
 * @param after the position of the last event that was seen; empty: now; "0": everything that the
 *     log holds
 */
public record WatchFrom(String after) {
  private static final WatchFrom NOW = new WatchFrom("");
  private static final WatchFrom BEGINNING = new WatchFrom("0");

  /** Only what happens from now on. */
  public static WatchFrom now() {
    return NOW;
  }

  /** Everything that the log holds. */
  public static WatchFrom beginning() {
    return BEGINNING;
  }

  /**
   * What follows a position: {@link WatchEvent#position} of the last event that was seen, or {@link
   * PendingReply#position} of a read, for all that happened after it.
   */
  public static WatchFrom after(String position) {
    if (position.isEmpty()) {
      throw new IllegalArgumentException("after must be a position; got ''");
    }
    return new WatchFrom(position);
  }
}
