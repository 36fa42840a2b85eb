package io.thalweg.gateway;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.FieldRule;
import io.thalweg.runtime.Failure;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;
import java.util.List;

/**
 * Reads a field's value from text: of a path, of a query, or of a JSON string. Every error names
 * the field as the client wrote it and says what it must be.
 */
final class FieldText {
  private static final int MAX_NUMBER_CHARS = 64;
  private static final BigInteger UINT64_END = BigInteger.ONE.shiftLeft(64);

  private FieldText() {}

  /**
   * @param name of the field, for the error
   * @param message makes the builder of a field that holds a message
   * @throws Failure INVALID_ARGUMENT naming the field
   */
  static Object parse(
      FieldDescriptor field,
      String text,
      String name,
      java.util.function.Supplier<Message.Builder> message) {
    return switch (field.getJavaType()) {
      case STRING -> wellFormed(text, name);
      case BOOLEAN -> bool(text, name);
      case INT, LONG -> integer(field, text, name);
      case FLOAT -> (float) floating(text, name, Float.MAX_VALUE);
      case DOUBLE -> floating(text, name, Double.MAX_VALUE);
      case BYTE_STRING -> bytes(text, name);
      case ENUM -> enumValue(field.getEnumType(), text, name);
      case MESSAGE -> message(field, text, name, message.get());
    };
  }

  /** Refuses half of a surrogate pair, which no UTF-8 can hold. */
  static String wellFormed(String text, String name) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw Failure.invalid(name, "must be valid Unicode; it has half of a surrogate pair");
        }
        i++;
      }
    }
    return text;
  }

  static Object integer(FieldDescriptor field, String text, String name) {
    BigInteger value;
    try {
      if (text.length() > MAX_NUMBER_CHARS) {
        throw new NumberFormatException();
      }
      BigDecimal decimal = new BigDecimal(text);
      if (Math.abs((long) decimal.scale()) > MAX_NUMBER_CHARS) {
        throw new NumberFormatException();
      }
      value = decimal.toBigIntegerExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw Failure.invalid(name, "must be a whole number; got '" + Failure.quote(text) + "'");
    }
    return integer(field, value, name);
  }

  /**
   * Narrows to the field's type. What fits into it and is out of the contract's bounds is left to
   * the node, which names every such field at once.
   */
  static Object integer(FieldDescriptor field, BigInteger value, String name) {
    return switch (field.getType()) {
      case UINT64, FIXED64 -> {
        range(field, value, BigInteger.ZERO, UINT64_END.subtract(BigInteger.ONE), name);
        yield value.longValue();
      }
      case INT64, SINT64, SFIXED64 -> {
        range(
            field,
            value,
            BigInteger.valueOf(Long.MIN_VALUE),
            BigInteger.valueOf(Long.MAX_VALUE),
            name);
        yield value.longValue();
      }
      case UINT32, FIXED32 -> {
        range(field, value, BigInteger.ZERO, BigInteger.valueOf(0xFFFF_FFFFL), name);
        yield value.intValue();
      }
      default -> {
        range(
            field,
            value,
            BigInteger.valueOf(Integer.MIN_VALUE),
            BigInteger.valueOf(Integer.MAX_VALUE),
            name);
        yield value.intValue();
      }
    };
  }

  /** The bounds of the type; the error names those of the contract where they are narrower. */
  private static void range(
      FieldDescriptor field, BigInteger value, BigInteger min, BigInteger max, String name) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      FieldRule rule = field.getOptions().getExtension(ContractProto.field);
      BigInteger least = rule.hasMin() ? min.max(BigInteger.valueOf(rule.getMin())) : min;
      BigInteger most = rule.hasMax() ? max.min(BigInteger.valueOf(rule.getMax())) : max;
      throw Failure.invalid(
          name,
          "must be from " + least + " to " + most + "; got " + Failure.quote(value.toString()));
    }
  }

  static double floating(String text, String name, double max) {
    return switch (text) {
      case "NaN" -> Double.NaN;
      case "Infinity" -> Double.POSITIVE_INFINITY;
      case "-Infinity" -> Double.NEGATIVE_INFINITY;
      default -> finite(text, name, max);
    };
  }

  private static double finite(String text, String name, double max) {
    double value;
    try {
      if (!text.matches("[-+0-9.eE]{1," + MAX_NUMBER_CHARS + "}")) {
        throw new NumberFormatException();
      }
      value = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw Failure.invalid(name, "must be a number; got '" + Failure.quote(text) + "'");
    }
    if (Math.abs(value) > max) {
      throw Failure.invalid(
          name, "must be within -" + max + " and " + max + "; got " + Failure.quote(text));
    }
    return value;
  }

  static EnumValueDescriptor enumValue(EnumDescriptor type, String text, String name) {
    EnumValueDescriptor value = type.findValueByName(text);
    if (value != null) {
      return value;
    }
    try {
      return type.findValueByNumberCreatingIfUnknown(Integer.parseInt(text));
    } catch (NumberFormatException e) {
      List<String> names = type.getValues().stream().map(EnumValueDescriptor::getName).toList();
      throw Failure.invalid(
          name,
          "must be one of " + String.join(", ", names) + "; got '" + Failure.quote(text) + "'");
    }
  }

  static ByteString bytes(String text, String name) {
    try {
      return ByteString.copyFrom(
          Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/')));
    } catch (IllegalArgumentException e) {
      throw Failure.invalid(name, "must be base64; got '" + Failure.quote(text) + "'");
    }
  }

  private static boolean bool(String text, String name) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw Failure.invalid(name, "must be true or false; got '" + Failure.quote(text) + "'");
    };
  }

  private static Message message(
      FieldDescriptor field, String text, String name, Message.Builder builder) {
    try {
      JsonFormat.parser().merge("\"" + text.replaceAll("[\"\\\\]", "") + "\"", builder);
      return builder.build();
    } catch (InvalidProtocolBufferException e) {
      throw Failure.invalid(
          name,
          "must be a " + field.getMessageType().getName() + "; got '" + Failure.quote(text) + "'");
    }
  }
}
