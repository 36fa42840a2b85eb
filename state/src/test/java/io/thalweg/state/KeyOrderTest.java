package io.thalweg.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The order of encoded keys is the order of the keys, and every key can be read back. */
class KeyOrderTest {
  private static final Comparator<String> BY_CODE_POINT =
      (a, b) -> Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());

  @Property
  void stringsAreInCodePointOrder(@ForAll("strings") String a, @ForAll("strings") String b) {
    checkBoth(KeyCodecs.string(), KeyCodecs.stringDescending(), BY_CODE_POINT, a, b);
  }

  @Property
  void byteStringsAreInUnsignedOrder(
      @ForAll("byteStrings") byte[] a, @ForAll("byteStrings") byte[] b) {
    checkBoth(KeyCodecs.bytes(), KeyCodecs.bytesDescending(), Arrays::compareUnsigned, a, b);
  }

  @Property
  void longsAreInSignedOrder(@ForAll long a, @ForAll long b) {
    checkBoth(KeyCodecs.int64(), KeyCodecs.int64Descending(), Comparator.naturalOrder(), a, b);
  }

  @Property
  void intsAreInSignedOrder(@ForAll int a, @ForAll int b) {
    checkBoth(KeyCodecs.int32(), KeyCodecs.int32Descending(), Comparator.naturalOrder(), a, b);
  }

  @Property
  void booleansAreInOrder(@ForAll boolean a, @ForAll boolean b) {
    checkBoth(KeyCodecs.bool(), KeyCodecs.boolDescending(), Comparator.naturalOrder(), a, b);
  }

  @Property
  void doublesAreInTotalOrder(@ForAll("doubles") double a, @ForAll("doubles") double b) {
    checkBoth(KeyCodecs.float64(), KeyCodecs.float64Descending(), Double::compare, a, b);
  }

  @Property
  void pairsAreOrderedByTheirFirstPartThenBySecond(
      @ForAll("strings") String a1,
      @ForAll("strings") String a2,
      @ForAll("strings") String b1,
      @ForAll("strings") String b2) {
    var codec = KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.stringDescending());
    Comparator<KeyCodecs.Pair<String, String>> order =
        Comparator.comparing((KeyCodecs.Pair<String, String> p) -> p.first(), BY_CODE_POINT)
            .thenComparing(KeyCodecs.Pair::second, BY_CODE_POINT.reversed());
    check(codec, order, new KeyCodecs.Pair<>(a1, a2), new KeyCodecs.Pair<>(b1, b2));
  }

  @Property
  void triplesOfBytesStringAndLongAreOrderedByTheirParts(
      @ForAll("byteStrings") byte[] a,
      @ForAll("byteStrings") byte[] b,
      @ForAll("strings") String s,
      @ForAll("strings") String t,
      @ForAll long x,
      @ForAll long y) {
    var codec =
        KeyCodecs.triple(KeyCodecs.bytesDescending(), KeyCodecs.string(), KeyCodecs.int64());
    Comparator<KeyCodecs.Triple<byte[], String, Long>> order =
        Comparator.comparing(
                (KeyCodecs.Triple<byte[], String, Long> k) -> k.first(),
                (l, r) -> Arrays.compareUnsigned(r, l))
            .thenComparing(KeyCodecs.Triple::second, BY_CODE_POINT)
            .thenComparing(KeyCodecs.Triple::third);
    byte[] left = encode(codec, new KeyCodecs.Triple<>(a, s, x));
    byte[] right = encode(codec, new KeyCodecs.Triple<>(b, t, y));
    assertThat(Integer.signum(Arrays.compareUnsigned(left, right)))
        .isEqualTo(
            Integer.signum(
                order.compare(new KeyCodecs.Triple<>(a, s, x), new KeyCodecs.Triple<>(b, t, y))));
  }

  @Property
  void keysThatBeginWithAPrefixAreOneRange(
      @ForAll("strings") String first, @ForAll("strings") String other, @ForAll long second) {
    byte[] prefix = KeyPrefix.of(out -> out.string(first)).bytes();
    byte[] key = new KeyWriter().string(other).int64(second).toBytes();
    boolean begins =
        key.length >= prefix.length
            && Arrays.equals(prefix, 0, prefix.length, key, 0, prefix.length);
    assertThat(begins).isEqualTo(first.equals(other));
  }

  @Example
  void aReaderSaysWhatIsLeft() {
    KeyReader in = new KeyReader(new KeyWriter().int32(7).rest(new byte[] {0, 1}).toBytes());
    assertThat(in.remaining()).isEqualTo(6);
    assertThat(in.int32()).isEqualTo(7);
    assertThat(in.hasMore()).isTrue();
    assertThat(in.rest()).containsExactly(0, 1);
    assertThat(in.hasMore()).isFalse();
  }

  @Example
  void aKeyOfTheGreatestLengthIsTakenAndALongerOneRefused() {
    String longest = "x".repeat(KeyWriter.MAX_KEY_BYTES - 2);
    assertThat(encode(KeyCodecs.string(), longest)).hasSize(KeyWriter.MAX_KEY_BYTES);
    assertThatThrownBy(() -> encode(KeyCodecs.string(), longest + "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key")
        .hasMessageContaining("4096");
    assertThatThrownBy(() -> encode(KeyCodecs.bytes(), new byte[KeyWriter.MAX_KEY_BYTES / 2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4096");
  }

  @Example
  void anUnpairedSurrogateIsRefused() {
    for (String bad : List.of("a\uD800", "\uDC00a", "\uDC00\uD800")) {
      assertThatThrownBy(() -> encode(KeyCodecs.string(), bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("surrogate");
    }
  }

  @Example
  void aKeyThatIsCutShortOrMalformedIsRefused() {
    byte[] key = new KeyWriter().string("ab").toBytes();
    for (int length = 0; length < key.length; length++) {
      KeyReader in = new KeyReader(Arrays.copyOf(key, length));
      assertThatThrownBy(in::string).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new KeyReader(new byte[] {0, 2, 0, 1}).string())
        .hasMessageContaining("neither");
    assertThatThrownBy(() -> new KeyReader(new byte[7]).int64()).hasMessageContaining("8 more");
    assertThatThrownBy(() -> new KeyReader(new byte[] {2}).bool()).hasMessageContaining("boolean");
  }

  private static <K> void checkBoth(
      KeyCodec<K> ascending, KeyCodec<K> descending, Comparator<K> order, K a, K b) {
    check(ascending, order, a, b);
    check(descending, order.reversed(), a, b);
  }

  private static <K> void check(KeyCodec<K> codec, Comparator<K> order, K a, K b) {
    byte[] left = encode(codec, a);
    byte[] right = encode(codec, b);
    assertThat(Integer.signum(Arrays.compareUnsigned(left, right)))
        .isEqualTo(Integer.signum(order.compare(a, b)));
    KeyReader in = new KeyReader(left);
    assertThat(codec.decode(in)).isEqualTo(a);
    assertThat(in.hasMore()).isFalse();
  }

  private static <K> byte[] encode(KeyCodec<K> codec, K key) {
    KeyWriter out = new KeyWriter();
    codec.encode(key, out);
    return out.toBytes();
  }

  /** Short strings of few characters, so that prefixes, zeros and equal ones are common. */
  @Provide
  Arbitrary<String> strings() {
    return Arbitraries.of("", "\0", "\1", "a", "b", "\u007f", "ÿ", "߿", "ࠀ", "\uffff", "😀")
        .list()
        .ofMaxSize(4)
        .map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<byte[]> byteStrings() {
    return Arbitraries.of(
            (byte) 0, (byte) 1, (byte) 2, (byte) 0x7F, (byte) 0x80, (byte) 0xFE, (byte) 0xFF)
        .array(byte[].class)
        .ofMaxSize(4);
  }

  @Provide
  Arbitrary<Double> doubles() {
    return Arbitraries.oneOf(
        Arbitraries.doubles(),
        Arbitraries.of(
            0.0,
            -0.0,
            Double.MIN_VALUE,
            -Double.MIN_VALUE,
            Double.MAX_VALUE,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            Double.NaN));
  }
}
