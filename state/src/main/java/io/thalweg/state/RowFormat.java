package io.thalweg.state;

import java.util.Arrays;

/**
 * The bytes in the store, format 1. All numbers are big-endian, so that the order of the bytes is
 * the order of the fields.
 *
 * <pre>
 * row key     offset size
 *             0      1    space: 01
 *             1      4    service id
 *             5      2    slot
 *             7      2    table
 *             9      4    project
 *             13     n    the table's key, at most 4096 bytes
 * row value   0      1    value format: 01 (others are room for flags, such as sealed)
 *             1      n    the table's value, at most 1 MiB
 *
 * cursor key  0      1    space: 00
 *             1      1    kind: 01
 *             2      4    service id
 *             6      2    first slot of the partition
 * value       0      1    value format: 01
 *             1      8    end offset of the boundary that the rows stand at
 *             9      n    the runtime's cursor, at most 64 KiB
 *
 * mark key    0      1    space: 00; there while a partition's rows are being replaced
 *             1      1    kind: 02
 *             2      4    service id
 *             6      2    first slot of the partition
 * value       0      1    01
 *
 * format key  0      1    space: 00
 *             1      1    kind: 00
 * value       0      4    format version
 * </pre>
 *
 * The rows of a partition are one contiguous range: from its first slot to its end slot.
 */
final class RowFormat {
  static final int FORMAT_VERSION = 1;
  static final byte[] FORMAT_KEY = {0, 0};

  static final int SLOT_AT = 5;
  static final int KEY_AT = 13;
  static final int MAX_CURSOR_BYTES = 1 << 16;

  private static final byte ROWS = 1;
  private static final byte CURSOR_KIND = 1;
  private static final byte REPLACING_KIND = 2;
  private static final byte VALUE_FORMAT = 1;

  private RowFormat() {}

  static byte[] formatValue(int version) {
    byte[] value = new byte[Integer.BYTES];
    BigEndian.putInt(value, 0, version);
    return value;
  }

  static byte[] cursorKey(PartitionScope scope) {
    return partitionKey(CURSOR_KIND, scope);
  }

  /** The key that is there while a partition's rows are being replaced. */
  static byte[] replacingKey(PartitionScope scope) {
    return partitionKey(REPLACING_KIND, scope);
  }

  private static byte[] partitionKey(byte kind, PartitionScope scope) {
    byte[] key = new byte[8];
    key[1] = kind;
    BigEndian.putInt(key, 2, scope.serviceId());
    BigEndian.putShort(key, 6, scope.firstSlot());
    return key;
  }

  static byte[] cursorValue(long endOffset, byte[] cursor) {
    byte[] value = new byte[9 + cursor.length];
    value[0] = VALUE_FORMAT;
    BigEndian.putLong(value, 1, endOffset);
    System.arraycopy(cursor, 0, value, 9, cursor.length);
    return value;
  }

  static long cursorOffset(byte[] value) {
    checkFormat(value, 9);
    return BigEndian.getLong(value, 1);
  }

  static byte[] cursorBytes(byte[] value) {
    return Arrays.copyOfRange(value, 9, value.length);
  }

  /** Writes the space and the service id of a row key. */
  static void putService(byte[] key, int serviceId) {
    key[0] = ROWS;
    BigEndian.putInt(key, 1, serviceId);
  }

  /** Writes slot, table and project of a row key. */
  static void putPlace(byte[] key, int slot, int table, int project) {
    BigEndian.putLong(key, SLOT_AT, place(slot, table, project));
  }

  /** The first row key of a slot (which may be 65536: the one after the last slot). */
  static byte[] slotStart(int serviceId, int slot) {
    if (slot > 0xFFFF) {
      byte[] end = new byte[SLOT_AT];
      putService(end, serviceId);
      return successor(end);
    }
    byte[] start = new byte[SLOT_AT + 2];
    putService(start, serviceId);
    BigEndian.putShort(start, SLOT_AT, slot);
    return start;
  }

  /** The first row key of a table in a slot. */
  static byte[] tableStart(int serviceId, int slot, int table) {
    if (table > 0xFFFF) {
      return slotStart(serviceId, slot + 1);
    }
    byte[] start = new byte[SLOT_AT + 4];
    putService(start, serviceId);
    BigEndian.putShort(start, SLOT_AT, slot);
    BigEndian.putShort(start, SLOT_AT + 2, table);
    return start;
  }

  static int slot(byte[] rowKey) {
    return BigEndian.getShort(rowKey, SLOT_AT);
  }

  static int table(byte[] rowKey) {
    return BigEndian.getShort(rowKey, SLOT_AT + 2);
  }

  static int project(byte[] rowKey) {
    return BigEndian.getInt(rowKey, SLOT_AT + 4);
  }

  /** A value as the store has it. */
  static byte[] storedValue(byte[] value) {
    byte[] stored = new byte[value.length + 1];
    stored[0] = VALUE_FORMAT;
    System.arraycopy(value, 0, stored, 1, value.length);
    return stored;
  }

  /** A table's value from what the store has. */
  static byte[] tableValue(byte[] stored, int length) {
    checkFormat(stored, 1);
    return Arrays.copyOfRange(stored, 1, length);
  }

  /**
   * The first byte string after all that begin with {@code prefix}. Row keys begin with 01, so
   * there always is one.
   */
  static byte[] successor(byte[] prefix) {
    int last = prefix.length - 1;
    while (last >= 0 && prefix[last] == (byte) 0xFF) {
      last--;
    }
    if (last < 0) {
      throw new IllegalArgumentException("a prefix of only FF has no successor");
    }
    byte[] next = Arrays.copyOf(prefix, last + 1);
    next[last]++;
    return next;
  }

  private static long place(int slot, int table, int project) {
    return ((long) slot << 48) | ((long) table << 32) | (project & 0xFFFF_FFFFL);
  }

  private static void checkFormat(byte[] stored, int leastBytes) {
    if (stored.length < leastBytes || stored[0] != VALUE_FORMAT) {
      throw new StoreCorruptException(
          "a stored value has format "
              + (stored.length == 0 ? "none" : Integer.toString(stored[0] & 0xFF))
              + " in "
              + stored.length
              + " bytes; this build reads format "
              + VALUE_FORMAT,
          null);
    }
  }
}
