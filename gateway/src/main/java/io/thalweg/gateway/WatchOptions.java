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
 * @param maxJoinLeave while a channel has at most so many clients, those who asked for it are told
 *     who joins and leaves; 0: never
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
    int maxJoinLeave,
    long conflatedSlowMs,
    int conflatedBytes) {

  public WatchOptions {
    GatewayOptions.check("slowMs", slowMs, 1, 3_600_000);
    GatewayOptions.check("maxWaitMs", maxWaitMs, 1, 3_600_000);
    GatewayOptions.check("pageItems", pageItems, 1, 10_000);
    GatewayOptions.check("pageBytes", pageBytes, 1, 16 << 20);
    GatewayOptions.check("maxFrameBytes", maxFrameBytes, 126, 16 << 20);
    GatewayOptions.check("spreadMs", spreadMs, 1, 600_000);
    GatewayOptions.check("maxChannels", maxChannels, 1, 10_000);
    GatewayOptions.check("maxPresence", maxPresence, 1, 1 << 20);
    GatewayOptions.check("maxJoinLeave", maxJoinLeave, 0, 10_000);
    GatewayOptions.check("conflatedSlowMs", conflatedSlowMs, 1, 3_600_000);
    GatewayOptions.check("conflatedBytes", conflatedBytes, 1, 16 << 20);
  }

  /**
   * Slow after 30 s (conflated 5 minutes, with 256 KiB that wait), polls of a minute, pages of
   * 1,000 items or 64 KiB, frames of 64 KiB.
   */
  public static WatchOptions defaults() {
    return builder().build();
  }

  /** Begins with {@link #defaults()}. */
  public static Builder builder() {
    return new Builder();
  }

  /** What differs from the defaults; each is described at {@link WatchOptions}. */
  public static final class Builder {
    private long slowMs = 30_000;
    private long maxWaitMs = 60_000;
    private int pageItems = 1_000;
    private int pageBytes = 64 << 10;
    private int maxFrameBytes = 64 << 10;
    private int spreadMs = 4_000;
    private int maxChannels = 128;
    private int maxPresence = 1_000;
    private int maxJoinLeave = 256;
    private long conflatedSlowMs = 300_000;
    private int conflatedBytes = 256 << 10;

    private Builder() {}

    public Builder slowMs(long value) {
      slowMs = value;
      return this;
    }

    public Builder maxWaitMs(long value) {
      maxWaitMs = value;
      return this;
    }

    public Builder pageItems(int value) {
      pageItems = value;
      return this;
    }

    public Builder pageBytes(int value) {
      pageBytes = value;
      return this;
    }

    public Builder maxFrameBytes(int value) {
      maxFrameBytes = value;
      return this;
    }

    public Builder spreadMs(int value) {
      spreadMs = value;
      return this;
    }

    public Builder maxChannels(int value) {
      maxChannels = value;
      return this;
    }

    public Builder maxPresence(int value) {
      maxPresence = value;
      return this;
    }

    public Builder maxJoinLeave(int value) {
      maxJoinLeave = value;
      return this;
    }

    public Builder conflatedSlowMs(long value) {
      conflatedSlowMs = value;
      return this;
    }

    public Builder conflatedBytes(int value) {
      conflatedBytes = value;
      return this;
    }

    /**
     * The options.
     *
     * @throws IllegalArgumentException naming the option that is out of its bounds
     */
    public WatchOptions build() {
      return new WatchOptions(
          slowMs,
          maxWaitMs,
          pageItems,
          pageBytes,
          maxFrameBytes,
          spreadMs,
          maxChannels,
          maxPresence,
          maxJoinLeave,
          conflatedSlowMs,
          conflatedBytes);
    }
  }
}
