package io.thalweg.docs.yjs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values of JavaScript that a document holds, in lib0's encoding "any".
 *
 * <p>In Java they are: null, {@link Undefined}, {@link Boolean}, {@link Double} (every number),
 * {@link Long} (a BigInt of 64 bits), {@link String}, {@code byte[]}, {@link List} and {@link Map}
 * with string keys in their order.
 */
public final class AnyValue {
  /** JavaScript's {@code undefined}. */
  public enum Undefined {
    /** The only one. */
    UNDEFINED
  }

  /** How deep lists and maps may lie in each other. */
  public static final int MAX_DEPTH = 100;

  private static final int BITS_31 = 0x7fff_ffff;

  private AnyValue() {}

  /**
   * What JSON text says; all numbers are {@link Double}.
   *
   * @throws MalformedUpdateException if it is not one JSON value, or nested too deep
   */
  public static @Nullable Object ofJson(String json) {
    return JsonText.parse(JsonText.checked(json));
  }

  /** A value as JSON text. */
  public static String toJson(@Nullable Object value) {
    return JsonText.write(value);
  }

  static @Nullable Object read(ByteReader reader) {
    return read(reader, 0);
  }

  private static @Nullable Object read(ByteReader reader, int depth) {
    if (depth > MAX_DEPTH) {
      throw reader.malformed("a value nested deeper than " + MAX_DEPTH);
    }
    int kind = reader.readByte();
    return switch (kind) {
      case 127 -> Undefined.UNDEFINED;
      case 126 -> null;
      case 125 -> reader.readVarInt();
      case 124 -> (double) reader.readFloat();
      case 123 -> Double.longBitsToDouble(reader.readLong());
      case 122 -> reader.readLong();
      case 121 -> false;
      case 120 -> true;
      case 119 -> reader.readString();
      case 118 -> readMap(reader, depth);
      case 117 -> readList(reader, depth);
      case 116 -> reader.readBytes();
      default -> throw reader.malformed(kind + " is no kind of value");
    };
  }

  private static Map<String, @Nullable Object> readMap(ByteReader reader, int depth) {
    int size = reader.readCount(2);
    Map<String, @Nullable Object> map = LinkedHashMap.newLinkedHashMap(Math.min(size, 1_024));
    for (int i = 0; i < size; i++) {
      String key = reader.readString();
      map.put(key, read(reader, depth + 1));
    }
    return map;
  }

  private static List<@Nullable Object> readList(ByteReader reader, int depth) {
    int size = reader.readCount(1);
    List<@Nullable Object> list = new ArrayList<>(Math.min(size, 1_024));
    for (int i = 0; i < size; i++) {
      list.add(read(reader, depth + 1));
    }
    return list;
  }

  /**
   * Writes a value; numbers in the shortest form that keeps them.
   *
   * @throws IllegalArgumentException if it is none of the kinds above, or nested too deep
   */
  static void write(ByteWriter writer, @Nullable Object value) {
    write(writer, value, 0);
  }

  private static void write(ByteWriter writer, @Nullable Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("a value nested deeper than " + MAX_DEPTH);
    }
    switch (value) {
      case null -> writer.writeByte(126);
      case Boolean truth -> writer.writeByte(truth ? 120 : 121);
      case Double number -> writeNumber(writer, number);
      case Integer number -> writeNumber(writer, number);
      case Long big -> writer.writeByte(122).writeLong(big);
      case String text -> writer.writeByte(119).writeString(text);
      case byte[] bytes -> writer.writeByte(116).writeBytes(bytes);
      case List<?> list -> {
        writer.writeByte(117).writeVarUint(list.size());
        for (Object element : list) {
          write(writer, element, depth + 1);
        }
      }
      case Map<?, ?> map -> {
        writer.writeByte(118).writeVarUint(map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          writer.writeString((String) entry.getKey());
          write(writer, entry.getValue(), depth + 1);
        }
      }
      case Undefined _ -> writer.writeByte(127);
      default -> throw new IllegalArgumentException("a document cannot hold " + value.getClass());
    }
  }

  private static void writeNumber(ByteWriter writer, double number) {
    if (number == Math.rint(number) && Math.abs(number) <= BITS_31) {
      writer.writeByte(125).writeVarInt(number);
    } else if ((float) number == number) {
      writer.writeByte(124).writeFloat((float) number);
    } else {
      writer.writeByte(123).writeLong(Double.doubleToRawLongBits(number));
    }
  }
}
