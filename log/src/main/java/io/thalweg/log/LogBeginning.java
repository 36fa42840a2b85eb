package io.thalweg.log;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Where a log begins whose first segments were removed: what {@code log.start} says, for those who
 * keep a copy of the rest.
 */
public final class LogBeginning {
  private final LogStart start;

  LogBeginning(LogStart start) {
    this.start = start;
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws LogCorruptException if it is damaged or of another version
   */
  public static LogBeginning decode(byte[] bytes) {
    try {
      return new LogBeginning(LogStart.decode(ByteBuffer.wrap(bytes)));
    } catch (IndexOutOfBoundsException e) {
      throw new LogCorruptException("this is no start of a log, or it is cut short", e);
    }
  }

  /** The bytes of {@code log.start}. */
  public byte[] encode() {
    ByteBuffer out = start.encode();
    byte[] bytes = new byte[out.remaining()];
    out.get(bytes);
    return bytes;
  }

  /** The position at which the log begins. */
  public long position() {
    return start.base();
  }

  /** Identity of the log. */
  public UUID logId() {
    return start.logId();
  }

  /** Log time of the last batch that was removed, microseconds since 1970; 0 if there is none. */
  public long lastLogTimeUs() {
    return start.tails().stream().mapToLong(PartitionTail::logTimeUs).max().orElse(0);
  }

  LogStart start() {
    return start;
  }
}
