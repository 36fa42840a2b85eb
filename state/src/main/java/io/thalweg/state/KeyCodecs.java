package io.thalweg.state;

import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Key codecs to compose from. A record's codec is {@link #of} with its parts in order, or a {@link
 * #pair} or {@link #triple} of ready ones.
 */
public final class KeyCodecs {
  private static final KeyCodec<String> STRING = of((k, out) -> out.string(k), KeyReader::string);
  private static final KeyCodec<Long> INT64 = of((k, out) -> out.int64(k), KeyReader::int64);
  private static final KeyCodec<Integer> INT32 = of((k, out) -> out.int32(k), KeyReader::int32);
  private static final KeyCodec<byte[]> BYTES = of((k, out) -> out.bytes(k), KeyReader::bytes);
  private static final KeyCodec<Boolean> BOOL = of((k, out) -> out.bool(k), KeyReader::bool);
  private static final KeyCodec<Double> FLOAT64 =
      of((k, out) -> out.float64(k), KeyReader::float64);

  private static final KeyCodec<String> STRING_DESCENDING =
      of((k, out) -> out.stringDescending(k), KeyReader::stringDescending);
  private static final KeyCodec<Long> INT64_DESCENDING =
      of((k, out) -> out.int64Descending(k), KeyReader::int64Descending);
  private static final KeyCodec<Integer> INT32_DESCENDING =
      of((k, out) -> out.int32Descending(k), KeyReader::int32Descending);
  private static final KeyCodec<byte[]> BYTES_DESCENDING =
      of((k, out) -> out.bytesDescending(k), KeyReader::bytesDescending);
  private static final KeyCodec<Boolean> BOOL_DESCENDING =
      of((k, out) -> out.boolDescending(k), KeyReader::boolDescending);
  private static final KeyCodec<Double> FLOAT64_DESCENDING =
      of((k, out) -> out.float64Descending(k), KeyReader::float64Descending);

  private KeyCodecs() {}

  /** A codec from a writer and a reader of the same parts in the same order. */
  public static <K> KeyCodec<K> of(BiConsumer<K, KeyWriter> encode, Function<KeyReader, K> decode) {
    return new KeyCodec<>() {
      @Override
      public void encode(K key, KeyWriter out) {
        encode.accept(key, out);
      }

      @Override
      public K decode(KeyReader in) {
        return decode.apply(in);
      }
    };
  }

  /** Strings in the order of their code points. */
  public static KeyCodec<String> string() {
    return STRING;
  }

  /** Strings, last first. */
  public static KeyCodec<String> stringDescending() {
    return STRING_DESCENDING;
  }

  /** Signed numbers of 8 bytes. */
  public static KeyCodec<Long> int64() {
    return INT64;
  }

  /** Signed numbers of 8 bytes, greatest first. */
  public static KeyCodec<Long> int64Descending() {
    return INT64_DESCENDING;
  }

  /** Signed numbers of 4 bytes. */
  public static KeyCodec<Integer> int32() {
    return INT32;
  }

  /** Signed numbers of 4 bytes, greatest first. */
  public static KeyCodec<Integer> int32Descending() {
    return INT32_DESCENDING;
  }

  /** Bytes in unsigned lexicographic order. */
  public static KeyCodec<byte[]> bytes() {
    return BYTES;
  }

  /** Bytes, last first. */
  public static KeyCodec<byte[]> bytesDescending() {
    return BYTES_DESCENDING;
  }

  /** Booleans, false first. */
  public static KeyCodec<Boolean> bool() {
    return BOOL;
  }

  /** Booleans, true first. */
  public static KeyCodec<Boolean> boolDescending() {
    return BOOL_DESCENDING;
  }

  /** Floating point numbers in the order of {@link Double#compare}. */
  public static KeyCodec<Double> float64() {
    return FLOAT64;
  }

  /** Floating point numbers, greatest first. */
  public static KeyCodec<Double> float64Descending() {
    return FLOAT64_DESCENDING;
  }

  /** Pairs: by the first part, then by the second. */
  public static <A, B> KeyCodec<Pair<A, B>> pair(KeyCodec<A> first, KeyCodec<B> second) {
    return of(
        (key, out) -> {
          first.encode(key.first(), out);
          second.encode(key.second(), out);
        },
        in -> new Pair<>(first.decode(in), second.decode(in)));
  }

  /** Triples: by the first part, then by the second, then by the third. */
  public static <A, B, C> KeyCodec<Triple<A, B, C>> triple(
      KeyCodec<A> first, KeyCodec<B> second, KeyCodec<C> third) {
    return of(
        (key, out) -> {
          first.encode(key.first(), out);
          second.encode(key.second(), out);
          third.encode(key.third(), out);
        },
        in -> new Triple<>(first.decode(in), second.decode(in), third.decode(in)));
  }

  /** A key of two parts. */
  public record Pair<A, B>(A first, B second) {}

  /** A key of three parts. */
  public record Triple<A, B, C>(A first, B second, C third) {}
}
