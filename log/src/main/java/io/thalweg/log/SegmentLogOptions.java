package io.thalweg.log;

import io.thalweg.host.Host;

/**
 * How a {@link SegmentLog} behaves.
 *
 * @param firstSegmentBytes size of the first segment after an open, 64 KiB to {@code
 *     maxSegmentBytes}; each following one is twice as large
 * @param maxSegmentBytes size that segments grow to, at most 1 GiB; a larger one is only made for a
 *     batch that does not fit
 * @param idlePublishMs how long the log waits for more before it writes an empty group that proves
 *     its last one durable; 1 to 60,000
 * @param files the file layer
 * @param host threads, clocks and randomness
 */
public record SegmentLogOptions(
    long firstSegmentBytes, long maxSegmentBytes, long idlePublishMs, LogFiles files, Host host) {

  /** 1 MiB growing to 128 MiB, 50 ms, on the file system. */
  public static final SegmentLogOptions DEFAULTS =
      new SegmentLogOptions(1 << 20, 128 << 20, 50, LogFiles.disk(), Host.machine());

  public SegmentLogOptions {
    bound("maxSegmentBytes", maxSegmentBytes, 64 << 10, 1 << 30);
    bound("firstSegmentBytes", firstSegmentBytes, 64 << 10, maxSegmentBytes);
    bound("idlePublishMs", idlePublishMs, 1, 60_000);
  }

  /** The same with another size of the first segment. */
  public SegmentLogOptions withFirstSegmentBytes(long bytes) {
    return new SegmentLogOptions(bytes, maxSegmentBytes, idlePublishMs, files, host);
  }

  /** The same with another largest size of a segment. */
  public SegmentLogOptions withMaxSegmentBytes(long bytes) {
    return new SegmentLogOptions(
        Math.min(firstSegmentBytes, bytes), bytes, idlePublishMs, files, host);
  }

  /** The same with another idle time. */
  public SegmentLogOptions withIdlePublishMs(long ms) {
    return new SegmentLogOptions(firstSegmentBytes, maxSegmentBytes, ms, files, host);
  }

  /** The same on another file layer. */
  public SegmentLogOptions withFiles(LogFiles other) {
    return new SegmentLogOptions(firstSegmentBytes, maxSegmentBytes, idlePublishMs, other, host);
  }

  /** The same on another host. */
  public SegmentLogOptions withHost(Host other) {
    return new SegmentLogOptions(firstSegmentBytes, maxSegmentBytes, idlePublishMs, files, other);
  }

  private static void bound(String field, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          field + " must be within " + min + ".." + max + "; got " + value);
    }
  }
}
