package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a message as JSON by the <a href="https://protobuf.dev/programming-guides/json/">ProtoJSON
 * mapping</a>, in lowerCamelCase.
 *
 * <p>A field without presence is always written, also when it is 0 or empty: a client finds {@code
 * rank}, {@code entries} and {@code nextPageToken} in every answer. A field with presence (a
 * message, an {@code optional} field, a member of a oneof) is written when it is set. 64-bit
 * integers are strings, as the mapping says, because a JSON number loses them beyond 2^53.
 */
final class JsonWriter {
  private static final JsonFactory JSON = new JsonFactory();
  private static final JsonFormat.Printer SPECIAL =
      JsonFormat.printer().omittingInsignificantWhitespace();

  /** Whole doubles below this are written without a fraction: all of them are exact. */
  private static final double MAX_PLAIN_WHOLE = 1L << 53;

  private JsonWriter() {}

  static byte[] write(Message message, MessageShape shape) {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(256);
        JsonGenerator out = JSON.createGenerator(bytes)) {
      message(out, message, shape);
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void message(JsonGenerator out, Message message, MessageShape shape)
      throws IOException {
    if (shape.special()) {
      special(out, message);
      return;
    }
    out.writeStartObject();
    List<MessageShape.Field> fields = shape.fields();
    for (int i = 0; i < fields.size(); i++) {
      MessageShape.Field field = fields.get(i);
      FieldDescriptor descriptor = field.descriptor();
      if (descriptor.isMapField()) {
        out.writeFieldName(field.key());
        entries(out, message, field);
      } else if (descriptor.isRepeated()) {
        out.writeFieldName(field.key());
        elements(out, message, field);
      } else if (!descriptor.hasPresence() || message.hasField(descriptor)) {
        out.writeFieldName(field.key());
        value(out, descriptor, field.message(), message.getField(descriptor));
      }
    }
    out.writeEndObject();
  }

  private static void elements(JsonGenerator out, Message message, MessageShape.Field field)
      throws IOException {
    out.writeStartArray();
    int count = message.getRepeatedFieldCount(field.descriptor());
    for (int i = 0; i < count; i++) {
      Object element = message.getRepeatedField(field.descriptor(), i);
      value(out, field.descriptor(), field.message(), element);
    }
    out.writeEndArray();
  }

  private static void entries(JsonGenerator out, Message message, MessageShape.Field field)
      throws IOException {
    FieldDescriptor map = field.descriptor();
    FieldDescriptor key = map.getMessageType().findFieldByName("key");
    FieldDescriptor value = map.getMessageType().findFieldByName("value");
    out.writeStartObject();
    int count = message.getRepeatedFieldCount(map);
    for (int i = 0; i < count; i++) {
      Message entry = (Message) message.getRepeatedField(map, i);
      out.writeFieldName(entry.getField(key).toString());
      value(out, value, field.message(), entry.getField(value));
    }
    out.writeEndObject();
  }

  private static void value(
      JsonGenerator out, FieldDescriptor field, @Nullable MessageShape shape, Object value)
      throws IOException {
    switch (field.getType()) {
      case BOOL -> out.writeBoolean((Boolean) value);
      case STRING -> out.writeString((String) value);
      case BYTES -> out.writeString(Base64.getEncoder().encodeToString(bytes(value)));
      case INT32, SINT32, SFIXED32 -> out.writeNumber((Integer) value);
      case UINT32, FIXED32 -> out.writeNumber(Integer.toUnsignedLong((Integer) value));
      case INT64, SINT64, SFIXED64 -> out.writeString(Long.toString((Long) value));
      case UINT64, FIXED64 -> out.writeString(Long.toUnsignedString((Long) value));
      case FLOAT -> {
        float f = (Float) value;
        number(out, f, Float.toString(f));
      }
      case DOUBLE -> number(out, (Double) value, null);
      case ENUM -> {
        EnumValueDescriptor e = (EnumValueDescriptor) value;
        if (e.getIndex() < 0) {
          out.writeNumber(e.getNumber());
        } else {
          out.writeString(e.getName());
        }
      }
      case MESSAGE, GROUP -> {
        if (shape == null) {
          throw new IllegalStateException("no shape for " + field.getFullName());
        }
        message(out, (Message) value, shape);
      }
    }
  }

  private static byte[] bytes(Object value) {
    return ((ByteString) value).toByteArray();
  }

  private static void number(JsonGenerator out, double value, @Nullable String text)
      throws IOException {
    if (!Double.isFinite(value)) {
      out.writeString(Double.toString(value));
    } else if (value == Math.rint(value)
        && Math.abs(value) < MAX_PLAIN_WHOLE
        && !(value == 0 && 1 / value < 0)) {
      out.writeNumber((long) value);
    } else if (text != null) {
      out.writeNumber(text);
    } else {
      out.writeNumber(value);
    }
  }

  private static void special(JsonGenerator out, Message message) throws IOException {
    if (message instanceof Timestamp t) {
      out.writeString(Instant.ofEpochSecond(t.getSeconds(), t.getNanos()).toString());
    } else {
      out.writeRawValue(SPECIAL.print(message));
    }
  }
}
