package io.thalweg.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.thalweg.gateway.CentrifugeFormat.MalformedFrame;
import io.thalweg.gateway.centrifuge.Command;
import io.thalweg.gateway.centrifuge.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * The JSON form of the Centrifuge protocol. It is not the ProtoJSON mapping: names are those of the
 * fields as they are, 64-bit integers are numbers, and bytes are a JSON value as it is. Fields that
 * are not known are passed over, as the protocol grows.
 */
final class CentrifugeJson {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(JsonReader.MAX_DEPTH)
                  .maxNumberLength(256)
                  .maxNameLength(1024)
                  .build())
          .build();

  private CentrifugeJson() {}

  static Command read(byte[] json, int offset, int length) throws MalformedFrame {
    try (JsonParser in = JSON.createParser(json, offset, length)) {
      Command.Builder command = Command.newBuilder();
      expect(in.nextToken() == JsonToken.START_OBJECT, in);
      read(in, command);
      expect(in.nextToken() == null, in);
      return command.build();
    } catch (IOException | IllegalArgumentException e) {
      throw new MalformedFrame(String.valueOf(e.getMessage()), e);
    }
  }

  private static void expect(boolean right, JsonParser in) throws IOException {
    if (!right) {
      throw new IOException("unexpected " + in.currentToken());
    }
  }

  private static void read(JsonParser in, Message.Builder into) throws IOException {
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      FieldDescriptor field = into.getDescriptorForType().findFieldByName(in.currentName());
      JsonToken token = in.nextToken();
      if (field == null) {
        in.skipChildren();
      } else if (token != JsonToken.VALUE_NULL) {
        into.setField(field, value(in, token, field, into));
      }
    }
    expect(in.currentToken() == JsonToken.END_OBJECT, in);
  }

  private static Object value(
      JsonParser in, JsonToken token, FieldDescriptor field, Message.Builder of)
      throws IOException {
    expect(!field.isRepeated(), in);
    return switch (field.getJavaType()) {
      case STRING -> {
        expect(token == JsonToken.VALUE_STRING, in);
        yield in.getText();
      }
      case BOOLEAN -> {
        expect(token.isBoolean(), in);
        yield in.getBooleanValue();
      }
      case INT -> {
        expect(token == JsonToken.VALUE_NUMBER_INT, in);
        yield (int) in.getLongValue();
      }
      case LONG -> {
        expect(token == JsonToken.VALUE_NUMBER_INT, in);
        yield in.getLongValue();
      }
      case BYTE_STRING -> raw(in);
      case MESSAGE -> {
        expect(token == JsonToken.START_OBJECT, in);
        Message.Builder message = of.newBuilderForField(field);
        read(in, message);
        yield message.build();
      }
      case FLOAT, DOUBLE, ENUM -> throw new IOException("no such field is read");
    };
  }

  /** A JSON value as it is. */
  private static ByteString raw(JsonParser in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      out.copyCurrentStructure(in);
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }

  static byte[] write(Reply reply) {
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(256);
        JsonGenerator out = JSON.createGenerator(bytes)) {
      write(out, reply);
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(JsonGenerator out, Message message) throws IOException {
    out.writeStartObject();
    for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
      FieldDescriptor field = entry.getKey();
      out.writeFieldName(field.getName());
      if (field.isMapField()) {
        writeMap(out, (Iterable<?>) entry.getValue());
      } else if (field.isRepeated()) {
        out.writeStartArray();
        for (Object element : (Iterable<?>) entry.getValue()) {
          write(out, field, element);
        }
        out.writeEndArray();
      } else {
        write(out, field, entry.getValue());
      }
    }
    out.writeEndObject();
  }

  private static void writeMap(JsonGenerator out, Iterable<?> entries) throws IOException {
    out.writeStartObject();
    for (Object entry : entries) {
      Message pair = (Message) entry;
      FieldDescriptor key = pair.getDescriptorForType().findFieldByNumber(1);
      FieldDescriptor value = pair.getDescriptorForType().findFieldByNumber(2);
      out.writeFieldName(pair.getField(key).toString());
      write(out, value, pair.getField(value));
    }
    out.writeEndObject();
  }

  private static void write(JsonGenerator out, FieldDescriptor field, Object value)
      throws IOException {
    switch (field.getJavaType()) {
      case STRING -> out.writeString((String) value);
      case BOOLEAN -> out.writeBoolean((Boolean) value);
      case INT -> out.writeNumber(Integer.toUnsignedLong((Integer) value));
      case LONG -> out.writeNumber((Long) value);
      case BYTE_STRING -> out.writeRawValue(((ByteString) value).toStringUtf8());
      case MESSAGE -> write(out, (Message) value);
      case FLOAT, DOUBLE, ENUM -> throw new IllegalStateException(field.getFullName());
    }
  }
}
