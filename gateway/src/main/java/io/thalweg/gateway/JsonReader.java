package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.thalweg.runtime.Failure;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a message from JSON by the <a
 * href="https://protobuf.dev/programming-guides/json/">ProtoJSON mapping</a>, strictly: malformed
 * JSON, an unknown or repeated field and a value of a wrong type are errors that name the place.
 * Protobuf's own reader is lenient about the first and does not name the field of the last; it is
 * used for well-known types only.
 *
 * <p>One instance reads one body. Nesting is bounded by {@value #MAX_DEPTH}.
 */
final class JsonReader {
  static final int MAX_DEPTH = 64;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(256)
                  .maxNameLength(1024)
                  .build())
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private final JsonParser in;

  private JsonReader(JsonParser in) {
    this.in = in;
  }

  /**
   * Reads one value into a builder.
   *
   * @param shape of the builder's message
   * @throws Failure INVALID_ARGUMENT
   */
  static void read(byte[] json, MessageShape shape, Message.Builder builder) {
    read(
        json,
        reader -> {
          if (reader.in.nextToken() != JsonToken.START_OBJECT || shape.special()) {
            throw reader.wrong("body", "must be a JSON object");
          }
          reader.message(shape, builder);
        });
  }

  /** Reads one value of a field into a builder of the message that has it. */
  static void readField(byte[] json, MessageShape.Field field, Message.Builder builder) {
    read(json, reader -> reader.field(field, builder, reader.in.nextToken()));
  }

  /** Reads what a body has. */
  private interface Content {
    void read(JsonReader reader) throws IOException;
  }

  private static void read(byte[] json, Content content) {
    try (JsonParser in = JSON.createParser(json)) {
      JsonReader reader = new JsonReader(in);
      try {
        content.read(reader);
        reader.end();
      } catch (JsonProcessingException e) {
        throw MalformedJson.at(e, in.currentLocation());
      }
    } catch (CharConversionException e) {
      throw Failure.invalid("body", "must be JSON in UTF-8; it is in another encoding");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void end() throws IOException {
    if (in.nextToken() != null) {
      throw Failure.invalid(
          "body",
          "must be one JSON value; there is more " + MalformedJson.text(in.currentTokenLocation()));
    }
  }

  private void message(MessageShape shape, Message.Builder builder) throws IOException {
    boolean[] seen = new boolean[shape.fields().size()];
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String name = in.currentName();
      MessageShape.Field field = shape.field(name);
      if (field == null) {
        throw Failure.invalid(
            path(),
            "is not a field of "
                + shape.descriptor().getName()
                + ", which has "
                + shape.fieldNames());
      }
      if (seen[field.index()]) {
        throw Failure.invalid(path(), "must be given once");
      }
      seen[field.index()] = true;
      JsonToken token = in.nextToken();
      if (token != JsonToken.VALUE_NULL || takesNull(field)) {
        field(field, builder, token);
      }
    }
  }

  /** A null leaves a field as it is, but it is a value of {@code google.protobuf.Value}. */
  private static boolean takesNull(MessageShape.Field field) {
    return !field.descriptor().isRepeated()
        && field.message() != null
        && field.message().descriptor().getFullName().equals("google.protobuf.Value");
  }

  private void field(MessageShape.Field field, Message.Builder builder, JsonToken token)
      throws IOException {
    FieldDescriptor descriptor = field.descriptor();
    if (descriptor.isMapField()) {
      entries(field, builder, token);
    } else if (descriptor.isRepeated()) {
      if (token != JsonToken.START_ARRAY) {
        throw wrong("must be an array");
      }
      for (JsonToken t = in.nextToken(); t != JsonToken.END_ARRAY; t = in.nextToken()) {
        Message.Builder element =
            field.message() == null ? null : builder.newBuilderForField(descriptor);
        builder.addRepeatedField(descriptor, value(descriptor, field.message(), element, t));
      }
    } else {
      OneofDescriptor oneof = descriptor.getRealContainingOneof();
      if (oneof != null && builder.hasOneof(oneof)) {
        throw Failure.invalid(
            path(),
            "cannot be given together with " + name(builder.getOneofFieldDescriptor(oneof)));
      }
      Message.Builder inner =
          field.message() == null ? null : builder.newBuilderForField(descriptor);
      builder.setField(descriptor, value(descriptor, field.message(), inner, token));
    }
  }

  private void entries(MessageShape.Field field, Message.Builder builder, JsonToken token)
      throws IOException {
    if (token != JsonToken.START_OBJECT) {
      throw wrong("must be an object");
    }
    FieldDescriptor map = field.descriptor();
    FieldDescriptor key = map.getMessageType().findFieldByName("key");
    FieldDescriptor value = map.getMessageType().findFieldByName("value");
    while (in.nextToken() != JsonToken.END_OBJECT) {
      Message.Builder entry = builder.newBuilderForField(map);
      Message.Builder unused = entry;
      entry.setField(key, FieldText.parse(key, in.currentName(), path(), () -> unused));
      Message.Builder inner = field.message() == null ? null : entry.newBuilderForField(value);
      entry.setField(value, value(value, field.message(), inner, in.nextToken()));
      builder.addRepeatedField(map, entry.build());
    }
  }

  private Object value(
      FieldDescriptor field,
      @Nullable MessageShape shape,
      Message.@Nullable Builder inner,
      JsonToken token)
      throws IOException {
    if (shape != null && inner != null) {
      return nested(shape, inner, token);
    }
    return switch (field.getJavaType()) {
      case STRING -> {
        require(token == JsonToken.VALUE_STRING, "must be a string");
        String text = in.getText();
        yield isAscii(text) ? text : FieldText.wellFormed(text, path());
      }
      case BOOLEAN -> {
        require(
            token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE,
            "must be true or false");
        yield token == JsonToken.VALUE_TRUE;
      }
      case INT, LONG -> integer(field, token);
      case FLOAT -> (float) number(token, Float.MAX_VALUE);
      case DOUBLE -> number(token, Double.MAX_VALUE);
      case BYTE_STRING -> {
        require(token == JsonToken.VALUE_STRING, "must be a base64 string");
        yield FieldText.bytes(in.getText(), path());
      }
      case ENUM -> {
        require(
            token == JsonToken.VALUE_STRING || token == JsonToken.VALUE_NUMBER_INT,
            "must be the name of a " + field.getEnumType().getName());
        yield FieldText.enumValue(field.getEnumType(), in.getText(), path());
      }
      case MESSAGE -> throw new IllegalStateException("no shape for " + field.getFullName());
    };
  }

  private Message nested(MessageShape shape, Message.Builder inner, JsonToken token)
      throws IOException {
    if (shape.special()) {
      return special(shape, inner);
    }
    require(token == JsonToken.START_OBJECT, "must be an object");
    message(shape, inner);
    return inner.build();
  }

  private Message special(MessageShape shape, Message.Builder inner) throws IOException {
    String at = path();
    StringWriter text = new StringWriter();
    try (JsonGenerator copy = JSON.createGenerator(text)) {
      copy.copyCurrentStructure(in);
    }
    try {
      JsonFormat.parser().merge(text.toString(), inner);
      return inner.build();
    } catch (InvalidProtocolBufferException e) {
      throw Failure.invalid(
          at,
          "must be a " + shape.descriptor().getName() + "; got " + Failure.quote(text.toString()));
    }
  }

  private Object integer(FieldDescriptor field, JsonToken token) throws IOException {
    if (token == JsonToken.VALUE_NUMBER_INT) {
      if (in.getNumberType() == JsonParser.NumberType.INT) {
        int value = in.getIntValue();
        switch (field.getType()) {
          case INT32, SINT32, SFIXED32 -> {
            return value;
          }
          case INT64, SINT64, SFIXED64 -> {
            return (long) value;
          }
          default -> {}
        }
      }
      return FieldText.integer(field, in.getBigIntegerValue(), path());
    }
    require(
        token == JsonToken.VALUE_STRING || token == JsonToken.VALUE_NUMBER_FLOAT,
        "must be a whole number");
    return FieldText.integer(field, in.getText(), path());
  }

  private double number(JsonToken token, double max) throws IOException {
    if (token == JsonToken.VALUE_STRING) {
      return FieldText.floating(in.getText(), path(), max);
    }
    require(
        token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT,
        "must be a number");
    double value = in.getDoubleValue();
    if (!(Math.abs(value) <= max)) {
      throw Failure.invalid(
          path(),
          "must be a finite number within -"
              + max
              + " and "
              + max
              + "; got "
              + Failure.quote(in.getText()));
    }
    return value;
  }

  private void require(boolean condition, String must) throws IOException {
    if (!condition) {
      throw wrong(must);
    }
  }

  private Failure wrong(String must) throws IOException {
    return wrong(path(), must);
  }

  private Failure wrong(String field, String must) throws IOException {
    JsonToken token = in.currentToken();
    String got =
        switch (token) {
          case null -> "nothing";
          case START_OBJECT, END_OBJECT, FIELD_NAME -> "an object";
          case START_ARRAY, END_ARRAY -> "an array";
          case VALUE_STRING -> "the string '" + Failure.quote(in.getText()) + "'";
          case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "the number " + Failure.quote(in.getText());
          default -> in.getText();
        };
    return Failure.invalid(field, must + "; got " + got);
  }

  /** Where the parser is, as {@code scores[3].score}. Costs; for errors only. */
  private String path() {
    StringBuilder path = new StringBuilder();
    JsonPointer at = in.getParsingContext().pathAsPointer();
    for (JsonPointer p = at; p != null && !p.matches(); p = p.tail()) {
      if (p.mayMatchElement()) {
        path.append('[').append(p.getMatchingIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(p.getMatchingProperty());
      }
    }
    return path.isEmpty() ? "body" : Failure.quote(path.toString());
  }

  private static String name(@Nullable FieldDescriptor field) {
    return field == null ? "another field" : field.getJsonName();
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }
}
