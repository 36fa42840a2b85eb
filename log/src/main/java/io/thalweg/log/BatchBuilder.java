package io.thalweg.log;

import static io.thalweg.log.BatchFormat.*;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A batch that is being filled, encoded in place in one buffer.
 *
 * <p>Used by the partition's thread. The caller writes each payload straight into the buffer:
 * {@link #beginEvent} hands it out positioned at the payload's first byte and limited to its last.
 */
public final class BatchBuilder {
  private static final int INITIAL_BYTES = 64 << 10;

  private ByteBuffer buffer;
  private int count;
  private int lastEventAt;
  private long firstOffset;
  private long logTimeUs;

  /** A builder with a buffer of its own; an engine keeps a few and reuses them. */
  public BatchBuilder() {
    buffer = ByteBuffer.allocateDirect(INITIAL_BYTES);
  }

  /** Makes it an empty batch. For engines. */
  public void reset(long firstOffset, long logTimeUs) {
    this.firstOffset = firstOffset;
    this.logTimeUs = logTimeUs;
    count = 0;
    lastEventAt = 0;
    buffer.clear().position(HEADER_BYTES);
  }

  /** The offset of the first event. */
  public long firstOffset() {
    return firstOffset;
  }

  /** The offset that the next event of this batch gets. */
  public long nextOffset() {
    return firstOffset + count;
  }

  /** The log time of all its events, microseconds since 1970. */
  public long logTimeUs() {
    return logTimeUs;
  }

  /** The number of events. */
  public int count() {
    return count;
  }

  /** The length so far in bytes, header included. */
  public int sizeBytes() {
    return buffer.position();
  }

  /** The bytes that an event takes. */
  public static int eventBytes(EventMeta meta, int payloadBytes) {
    return EVENT_HEADER_BYTES
        + shortPart(meta.principal())
        + (meta.trace() == null ? 0 : 24)
        + shortPart(meta.causation())
        + shortPart(meta.sealedKeyId())
        + (meta.extension() == null ? 0 : 2 + meta.extension().length)
        + payloadBytes;
  }

  /** Whether an event of so many bytes still fits. */
  public boolean hasRoomFor(int eventBytes) {
    return buffer.position() + eventBytes <= MAX_BATCH_BYTES;
  }

  /**
   * Adds an event and hands out the buffer for its payload: exactly {@code payloadBytes} must be
   * written to it before the next call.
   *
   * @throws IllegalArgumentException if the event is larger than {@link
   *     BatchFormat#MAX_EVENT_BYTES} or the batch has no room for it
   */
  public ByteBuffer beginEvent(int type, int project, int slot, EventMeta meta, int payloadBytes) {
    int bytes = eventBytes(meta, payloadBytes);
    if (bytes > MAX_EVENT_BYTES) {
      throw new IllegalArgumentException(
          "an event must have at most " + MAX_EVENT_BYTES + " bytes; got " + bytes);
    }
    if (!hasRoomFor(bytes)) {
      throw new IllegalArgumentException("the batch has no room for " + bytes + " bytes");
    }
    ByteBuffer out = ensure(bytes);
    lastEventAt = out.position();
    out.putInt(bytes)
        .putShort((short) flags(meta))
        .putShort((short) slot)
        .putInt(type)
        .putInt(project);
    putShortPart(out, meta.principal());
    if (meta.trace() != null) {
      out.put(meta.trace());
    }
    putShortPart(out, meta.causation());
    putShortPart(out, meta.sealedKeyId());
    if (meta.extension() != null) {
      out.putShort((short) meta.extension().length).put(meta.extension());
    }
    count++;
    int payloadAt = out.position();
    out.position(lastEventAt + bytes);
    return out.slice(payloadAt, payloadBytes);
  }

  /** Marks the last event as the last one of its command. */
  public void endCommand() {
    if (count > 0) {
      int at = lastEventAt + EVENT_FLAGS_AT;
      buffer.putShort(at, (short) (buffer.getShort(at) | EVENT_ENDS_COMMAND));
    }
  }

  /** Takes back all events but the first {@code count}, which took {@code sizeBytes}. */
  public void truncate(int count, int sizeBytes) {
    if (count > this.count || sizeBytes > buffer.position() || sizeBytes < HEADER_BYTES) {
      throw new IllegalArgumentException(
          "cannot truncate " + this.count + " events to " + count + ", " + sizeBytes + " bytes");
    }
    this.count = count;
    buffer.position(sizeBytes);
  }

  /**
   * Fills the header in and hands the finished bytes out, from position 0 to the limit: a view of
   * this builder's buffer, good until {@link #reset}. For engines: the fields that this class does
   * not know are theirs.
   */
  public ByteBuffer seal(
      byte kind,
      int partition,
      int lineage,
      int contractLevel,
      long epoch,
      int previousCrc,
      long durableOffset) {
    int length = buffer.position();
    buffer.flip();
    Batch.putHeader(
        buffer,
        length,
        kind,
        partition,
        lineage,
        contractLevel,
        epoch,
        firstOffset,
        count,
        previousCrc,
        logTimeUs,
        durableOffset);
    return buffer;
  }

  /** Adds the body of a batch that has no events. For engines. */
  public void putBody(byte[] body) {
    ensure(body.length).put(body);
  }

  private ByteBuffer ensure(int bytes) {
    if (buffer.remaining() < bytes) {
      int wanted = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
      ByteBuffer larger = ByteBuffer.allocateDirect(Math.min(wanted, MAX_BATCH_BYTES));
      larger.put(buffer.flip());
      buffer = larger;
    }
    return buffer;
  }

  private static int flags(EventMeta meta) {
    return (meta.principal() == null ? 0 : EVENT_HAS_PRINCIPAL)
        | (meta.trace() == null ? 0 : EVENT_HAS_TRACE)
        | (meta.causation() == null ? 0 : EVENT_HAS_CAUSATION)
        | (meta.sealedKeyId() == null ? 0 : EVENT_IS_SEALED)
        | (meta.extension() == null ? 0 : EVENT_HAS_EXTENSION);
  }

  private static int shortPart(byte @Nullable [] part) {
    return part == null ? 0 : 1 + part.length;
  }

  private static void putShortPart(ByteBuffer out, byte @Nullable [] part) {
    if (part != null) {
      out.put((byte) part.length).put(part);
    }
  }

  @Override
  public String toString() {
    return "BatchBuilder[first="
        + firstOffset
        + ", count="
        + count
        + ", bytes="
        + sizeBytes()
        + "]";
  }
}
