package io.thalweg.state;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers in byte arrays, most significant byte first. */
final class BigEndian {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private BigEndian() {}

  static void putLong(byte[] to, int at, long value) {
    LONG.set(to, at, value);
  }

  static long getLong(byte[] from, int at) {
    return (long) LONG.get(from, at);
  }

  static void putInt(byte[] to, int at, int value) {
    INT.set(to, at, value);
  }

  static int getInt(byte[] from, int at) {
    return (int) INT.get(from, at);
  }

  static void putShort(byte[] to, int at, int value) {
    to[at] = (byte) (value >> 8);
    to[at + 1] = (byte) value;
  }

  static int getShort(byte[] from, int at) {
    return ((from[at] & 0xFF) << 8) | (from[at + 1] & 0xFF);
  }
}
