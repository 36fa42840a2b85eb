package io.thalweg.gateway;

/**
 * Bounds of what stays open: watches over every transport, and the connections of the Centrifuge
 * protocol.
 *
 * @param slowMs a client that takes nothing of what waits for it for so long is cut, with the
 *     position to come back after
 * @param maxWaitMs longest time that a long poll may wait
 * @param pageItems most items of one answer of a long poll
 * @param pageBytes an answer of a long poll, and a chunk of a stream, ends with the item that
 *     reaches this size
 * @param maxFrameBytes largest message that a WebSocket client may send
 * @param spreadMs those who are sent away together are told to come back at times spread over this
 *     span
 * @param maxChannels most channels that one connection of the Centrifuge protocol may subscribe to
 * @param maxPresence most clients that the presence of one channel names
 * @param conflatedSlowMs as slowMs, of a watch that is conflated
 * @param conflatedBytes what waits for the client of a conflated watch; above that nothing more is
 *     read for it
 */
public record WatchOptions(
    long slowMs,
    long maxWaitMs,
    int pageItems,
    int pageBytes,
    int maxFrameBytes,
    int spreadMs,
    int maxChannels,
    int maxPresence,
    long conflatedSlowMs,
    int conflatedBytes) {

  public WatchOptions {
    check("slowMs", slowMs, 1, 3_600_000);
    check("maxWaitMs", maxWaitMs, 1, 3_600_000);
    check("pageItems", pageItems, 1, 10_000);
    check("pageBytes", pageBytes, 1, 16 << 20);
    check("maxFrameBytes", maxFrameBytes, 126, 16 << 20);
    check("spreadMs", spreadMs, 1, 600_000);
    check("maxChannels", maxChannels, 1, 10_000);
    check("maxPresence", maxPresence, 1, 1 << 20);
    check("conflatedSlowMs", conflatedSlowMs, 1, 3_600_000);
    check("conflatedBytes", conflatedBytes, 1, 16 << 20);
  }

  /**
   * Slow after 30 s (conflated 5 minutes, with 256 KiB that wait), polls of a minute, pages of
   * 1,000 items or 64 KiB, frames of 64 KiB.
   */
  public static WatchOptions defaults() {
    return new WatchOptions(
        30_000, 60_000, 1_000, 64 << 10, 64 << 10, 4_000, 128, 1_000, 300_000, 256 << 10);
  }

  public WatchOptions withSlowMs(long value) {
    return new WatchOptions(
        value,
        maxWaitMs,
        pageItems,
        pageBytes,
        maxFrameBytes,
        spreadMs,
        maxChannels,
        maxPresence,
        conflatedSlowMs,
        conflatedBytes);
  }

  public WatchOptions withPageItems(int value) {
    return new WatchOptions(
        slowMs,
        maxWaitMs,
        value,
        pageBytes,
        maxFrameBytes,
        spreadMs,
        maxChannels,
        maxPresence,
        conflatedSlowMs,
        conflatedBytes);
  }

  public WatchOptions withPageBytes(int value) {
    return new WatchOptions(
        slowMs,
        maxWaitMs,
        pageItems,
        value,
        maxFrameBytes,
        spreadMs,
        maxChannels,
        maxPresence,
        conflatedSlowMs,
        conflatedBytes);
  }

  public WatchOptions withSpreadMs(int value) {
    return new WatchOptions(
        slowMs,
        maxWaitMs,
        pageItems,
        pageBytes,
        maxFrameBytes,
        value,
        maxChannels,
        maxPresence,
        conflatedSlowMs,
        conflatedBytes);
  }

  public WatchOptions withMaxChannels(int value) {
    return new WatchOptions(
        slowMs,
        maxWaitMs,
        pageItems,
        pageBytes,
        maxFrameBytes,
        spreadMs,
        value,
        maxPresence,
        conflatedSlowMs,
        conflatedBytes);
  }

  public WatchOptions withConflatedSlowMs(long value) {
    return new WatchOptions(
        slowMs,
        maxWaitMs,
        pageItems,
        pageBytes,
        maxFrameBytes,
        spreadMs,
        maxChannels,
        maxPresence,
        value,
        conflatedBytes);
  }

  public WatchOptions withConflatedBytes(int value) {
    return new WatchOptions(
        slowMs,
        maxWaitMs,
        pageItems,
        pageBytes,
        maxFrameBytes,
        spreadMs,
        maxChannels,
        maxPresence,
        conflatedSlowMs,
        value);
  }

  private static void check(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          option + " must be from " + min + " to " + max + "; got " + value);
    }
  }
}
