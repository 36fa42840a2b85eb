package io.thalweg.log;

import static io.thalweg.log.BatchFormat.*;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A batch as it was read: a view of its bytes, see {@link BatchFormat}.
 *
 * <p>{@link #parse} checks everything that can be checked without the batch before: magic, lengths,
 * CRC, format, kind, flags and the frame of every event. The chain is the reader's to check.
 */
public final class Batch implements Iterable<EventView> {
  private final ByteBuffer bytes;

  private Batch(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads a batch that begins at the buffer's position and ends at or before its limit. The buffer
   * is not moved, and is not copied: it must not change while the batch is in use.
   *
   * @throws LogCorruptException if the bytes are no batch that this version can read; says why, but
   *     not where: that is the caller's to add
   */
  public static Batch parse(ByteBuffer buffer) {
    int start = buffer.position();
    int available = buffer.remaining();
    if (available < HEADER_BYTES) {
      throw new LogCorruptException(
          "a batch header needs " + HEADER_BYTES + " bytes, not " + available);
    }
    if (buffer.getInt(start) != MAGIC) {
      throw new LogCorruptException("no batch begins here");
    }
    int length = buffer.getInt(start + LENGTH_AT);
    if (length < HEADER_BYTES || length > MAX_BATCH_BYTES || length > available) {
      throw new LogCorruptException(
          "a batch of " + length + " bytes where " + available + " are left");
    }
    ByteBuffer own = buffer.slice(start, length).asReadOnlyBuffer();
    int crc = crc(own, length);
    if (crc != own.getInt(CRC_AT)) {
      throw new LogCorruptException(
          "CRC32C is %08x, the header says %08x".formatted(crc, own.getInt(CRC_AT)));
    }
    if (own.get(FORMAT_AT) != FORMAT) {
      throw new LogCorruptException("batch format " + own.get(FORMAT_AT) + " is not known here");
    }
    byte kind = own.get(KIND_AT);
    if (kind < KIND_EVENTS || kind > KIND_EMPTY) {
      throw new LogCorruptException("batch kind " + kind + " is not known here");
    }
    if (own.getShort(FLAGS_AT) != 0) {
      throw new LogCorruptException(
          "batch flags %04x are not known here".formatted(own.getShort(FLAGS_AT)));
    }
    int headerBytes = own.getInt(HEADER_LENGTH_AT);
    if (headerBytes < HEADER_BYTES || headerBytes > length) {
      throw new LogCorruptException("a batch header of " + headerBytes + " bytes");
    }
    Batch batch = new Batch(own);
    batch.checkEvents();
    return batch;
  }

  /** Writes a header into the first {@link BatchFormat#HEADER_BYTES} of a batch, its CRC last. */
  static void putHeader(
      ByteBuffer batch,
      int length,
      byte kind,
      int partition,
      int lineage,
      int contractLevel,
      long epoch,
      long firstOffset,
      int count,
      int previousCrc,
      long logTimeUs,
      long durableOffset) {
    batch.putInt(0, MAGIC);
    batch.putInt(LENGTH_AT, length);
    batch.put(FORMAT_AT, FORMAT);
    batch.put(KIND_AT, kind);
    batch.putShort(FLAGS_AT, (short) 0);
    batch.putInt(HEADER_LENGTH_AT, HEADER_BYTES);
    batch.putInt(PARTITION_AT, partition);
    batch.putInt(LINEAGE_AT, lineage);
    batch.putInt(CONTRACT_LEVEL_AT, contractLevel);
    batch.putLong(EPOCH_AT, epoch);
    batch.putLong(FIRST_OFFSET_AT, firstOffset);
    batch.putInt(COUNT_AT, count);
    batch.putInt(PREVIOUS_CRC_AT, previousCrc);
    batch.putLong(LOG_TIME_AT, logTimeUs);
    batch.putLong(DURABLE_OFFSET_AT, durableOffset);
    batch.putInt(BODY_LENGTH_AT, length - HEADER_BYTES);
    for (int at = BODY_LENGTH_AT + 4; at < HEADER_BYTES; at += 4) {
      batch.putInt(at, 0);
    }
    batch.putInt(CRC_AT, crc(batch, length));
  }

  private static int crc(ByteBuffer batch, int length) {
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(CRC_FROM, length - CRC_FROM));
    return (int) crc.getValue();
  }

  private void checkEvents() {
    if (kind() != KIND_EVENTS) {
      if (count() != 0) {
        throw new LogCorruptException("a batch without events that counts " + count());
      }
      return;
    }
    int at = headerBytes();
    int end = lengthBytes();
    int found = 0;
    while (at < end) {
      int length = end - at < EVENT_HEADER_BYTES ? 0 : bytes.getInt(at);
      if (length < EVENT_HEADER_BYTES || length > end - at) {
        throw new LogCorruptException(
            "an event of " + length + " bytes at byte " + at + " of its batch");
      }
      checkParts(at, length);
      at += length;
      found++;
    }
    if (found != count()) {
      throw new LogCorruptException("a batch of " + found + " events that counts " + count());
    }
  }

  /** The optional parts of an event must be known ones and end within it. */
  private void checkParts(int at, int length) {
    int flags = Short.toUnsignedInt(bytes.getShort(at + EVENT_FLAGS_AT)) & ~EVENT_ENDS_COMMAND;
    if (flags == 0) {
      return;
    }
    if ((flags & ~EVENT_PARTS) != 0) {
      throw new LogCorruptException("event flags %04x are not known here".formatted(flags));
    }
    int end = at + length;
    int from = at + EVENT_HEADER_BYTES;
    for (int flag = EVENT_HAS_PRINCIPAL; flag <= EVENT_HAS_EXTENSION && from <= end; flag <<= 1) {
      if ((flags & flag) == 0) {
        continue;
      }
      int lengthOfLength = flag == EVENT_HAS_TRACE ? 0 : flag == EVENT_HAS_EXTENSION ? 2 : 1;
      if (end - from < lengthOfLength) {
        from = end + 1;
        break;
      }
      from +=
          switch (lengthOfLength) {
            case 0 -> 24;
            case 1 -> 1 + Byte.toUnsignedInt(bytes.get(from));
            default -> 2 + Short.toUnsignedInt(bytes.getShort(from));
          };
    }
    if (from > end) {
      throw new LogCorruptException("the parts of an event at byte " + at + " are longer than it");
    }
  }

  public int lengthBytes() {
    return bytes.getInt(LENGTH_AT);
  }

  public int headerBytes() {
    return bytes.getInt(HEADER_LENGTH_AT);
  }

  public int crc() {
    return bytes.getInt(CRC_AT);
  }

  public byte kind() {
    return bytes.get(KIND_AT);
  }

  public int partition() {
    return bytes.getInt(PARTITION_AT);
  }

  public int lineage() {
    return bytes.getInt(LINEAGE_AT);
  }

  public int contractLevel() {
    return bytes.getInt(CONTRACT_LEVEL_AT);
  }

  public long epoch() {
    return bytes.getLong(EPOCH_AT);
  }

  public long firstOffset() {
    return bytes.getLong(FIRST_OFFSET_AT);
  }

  public int count() {
    return bytes.getInt(COUNT_AT);
  }

  /** The offset after the last event. */
  public long nextOffset() {
    return firstOffset() + count();
  }

  public int previousCrc() {
    return bytes.getInt(PREVIOUS_CRC_AT);
  }

  public long logTimeUs() {
    return bytes.getLong(LOG_TIME_AT);
  }

  public long durableOffset() {
    return bytes.getLong(DURABLE_OFFSET_AT);
  }

  /** All of its bytes, read-only, from index 0. */
  ByteBuffer bytes() {
    return bytes;
  }

  /** The bytes after the header, read-only. */
  public ByteBuffer body() {
    return bytes.slice(headerBytes(), lengthBytes() - headerBytes());
  }

  /** Its events in order; none for a barrier. Each is valid until the next is asked for. */
  @Override
  public Iterator<EventView> iterator() {
    return new Events();
  }

  @Override
  public String toString() {
    return "Batch[kind=%d, epoch=%d, first=%d, count=%d, bytes=%d]"
        .formatted(kind(), epoch(), firstOffset(), count(), lengthBytes());
  }

  private final class Events implements Iterator<EventView>, EventView {
    private int nextAt = headerBytes();
    private int at;
    private int index = -1;

    @Override
    public boolean hasNext() {
      return index + 1 < count();
    }

    @Override
    public EventView next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      index++;
      at = nextAt;
      nextAt += bytes.getInt(at);
      return this;
    }

    @Override
    public long offset() {
      return firstOffset() + index;
    }

    @Override
    public int type() {
      return bytes.getInt(at + EVENT_TYPE_AT);
    }

    @Override
    public int project() {
      return bytes.getInt(at + EVENT_PROJECT_AT);
    }

    @Override
    public int slot() {
      return Short.toUnsignedInt(bytes.getShort(at + EVENT_SLOT_AT));
    }

    @Override
    public boolean endsCommand() {
      return (flags() & EVENT_ENDS_COMMAND) != 0;
    }

    @Override
    public EventMeta meta() {
      int flags = flags() & ~EVENT_ENDS_COMMAND;
      if (flags == 0) {
        return EventMeta.NONE;
      }
      ByteBuffer in = bytes.slice(at + EVENT_HEADER_BYTES, nextAt - at - EVENT_HEADER_BYTES);
      return new EventMeta(
          (flags & EVENT_HAS_PRINCIPAL) == 0 ? null : take(in, Byte.toUnsignedInt(in.get())),
          (flags & EVENT_HAS_TRACE) == 0 ? null : take(in, 24),
          (flags & EVENT_HAS_CAUSATION) == 0 ? null : take(in, Byte.toUnsignedInt(in.get())),
          (flags & EVENT_IS_SEALED) == 0 ? null : take(in, Byte.toUnsignedInt(in.get())),
          (flags & EVENT_HAS_EXTENSION) == 0 ? null : take(in, Short.toUnsignedInt(in.getShort())));
    }

    @Override
    public ByteBuffer payload() {
      int flags = flags();
      int from = at + EVENT_HEADER_BYTES;
      if ((flags & EVENT_HAS_PRINCIPAL) != 0) {
        from += 1 + Byte.toUnsignedInt(bytes.get(from));
      }
      if ((flags & EVENT_HAS_TRACE) != 0) {
        from += 24;
      }
      if ((flags & EVENT_HAS_CAUSATION) != 0) {
        from += 1 + Byte.toUnsignedInt(bytes.get(from));
      }
      if ((flags & EVENT_IS_SEALED) != 0) {
        from += 1 + Byte.toUnsignedInt(bytes.get(from));
      }
      if ((flags & EVENT_HAS_EXTENSION) != 0) {
        from += 2 + Short.toUnsignedInt(bytes.getShort(from));
      }
      return bytes.slice(from, nextAt - from);
    }

    private int flags() {
      return Short.toUnsignedInt(bytes.getShort(at + EVENT_FLAGS_AT));
    }

    private static byte @Nullable [] take(ByteBuffer in, int length) {
      byte[] part = new byte[length];
      in.get(part);
      return part;
    }
  }
}
