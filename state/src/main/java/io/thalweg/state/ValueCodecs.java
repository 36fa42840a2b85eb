package io.thalweg.state;

import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** Value codecs. A value has at most {@link #MAX_VALUE_BYTES} encoded. */
public final class ValueCodecs {
  /** The most bytes that an encoded value may have. */
  public static final int MAX_VALUE_BYTES = 1 << 20;

  private static final ValueCodec<byte[]> BYTES = of(byte[]::clone, byte[]::clone);
  private static final ValueCodec<String> STRING =
      of(
          value -> value.getBytes(StandardCharsets.UTF_8),
          bytes -> new String(bytes, StandardCharsets.UTF_8));
  private static final ValueCodec<Long> INT64 =
      of(ValueCodecs::encodeInt64, ValueCodecs::decodeInt64);

  private ValueCodecs() {}

  /**
   * A codec from two functions.
   *
   * @param encode gives a new array with each call, or one that is never changed again
   * @param decode must not change or keep the array that it is given
   */
  public static <V> ValueCodec<V> of(Function<V, byte[]> encode, Function<byte[], V> decode) {
    return new ValueCodec<>() {
      @Override
      public byte[] encode(V value) {
        return encode.apply(value);
      }

      @Override
      public V decode(byte[] bytes) {
        return decode.apply(bytes);
      }
    };
  }

  /** Bytes, copied in and out. */
  public static ValueCodec<byte[]> bytes() {
    return BYTES;
  }

  /** Strings as UTF-8. */
  public static ValueCodec<String> string() {
    return STRING;
  }

  /** Numbers as 8 bytes, big-endian. */
  public static ValueCodec<Long> int64() {
    return INT64;
  }

  private static byte[] encodeInt64(Long value) {
    byte[] bytes = new byte[Long.BYTES];
    BigEndian.putLong(bytes, 0, value);
    return bytes;
  }

  private static Long decodeInt64(byte[] bytes) {
    if (bytes.length != Long.BYTES) {
      throw new IllegalArgumentException(
          "stored value: a number has " + Long.BYTES + " bytes; got " + bytes.length);
    }
    return BigEndian.getLong(bytes, 0);
  }
}
