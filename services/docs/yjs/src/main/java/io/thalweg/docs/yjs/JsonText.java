package io.thalweg.docs.yjs;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON text in documents: checked when it comes in, read when somebody asks. */
final class JsonText {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(AnyValue.MAX_DEPTH).build())
          .configure(JsonWriteFeature.WRITE_NAN_AS_STRINGS, false)
          .build();

  private JsonText() {}

  /**
   * The text as it is.
   *
   * @throws MalformedUpdateException if it is not one JSON value
   */
  static String checked(String json) {
    // What format marks hold in nearly all documents.
    if (json.equals("null") || json.equals("true")) {
      return json;
    }
    try (JsonParser parser = JSON.createParser(json)) {
      if (parser.nextToken() == null) {
        throw new MalformedUpdateException("an empty text where JSON is expected");
      }
      parser.skipChildren();
      if (parser.nextToken() != null) {
        throw new MalformedUpdateException("more than one JSON value in one place");
      }
      return json;
    } catch (JsonProcessingException e) {
      throw new MalformedUpdateException("text that is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The value, as {@link AnyValue} has them. */
  static @Nullable Object parse(String json) {
    try (JsonParser parser = JSON.createParser(json)) {
      parser.nextToken();
      return value(parser);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_NULL -> null;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Double.parseDouble(parser.getText());
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case START_OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String key = parser.currentName();
          parser.nextToken();
          map.put(key, value(parser));
        }
        yield map;
      }
      default -> parser.getText();
    };
  }

  /**
   * Writes a value as JSON: undefined and numbers that are none as null, bytes as Base64.
   *
   * @throws IllegalArgumentException if it is none of the values of {@link AnyValue}
   */
  static String write(@Nullable Object value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = JSON.createGenerator(text)) {
      write(generator, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator out, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> out.writeNull();
      case Boolean truth -> out.writeBoolean(truth);
      case Double number -> writeNumber(out, number);
      case Integer number -> out.writeNumber(number);
      case Long big -> out.writeNumber(big);
      case String string -> out.writeString(string);
      case byte[] bytes -> out.writeBinary(bytes);
      case List<?> list -> {
        out.writeStartArray();
        for (Object element : list) {
          write(out, element);
        }
        out.writeEndArray();
      }
      case Map<?, ?> map -> {
        out.writeStartObject();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          if (!(entry.getValue() instanceof AnyValue.Undefined)) {
            out.writeFieldName((String) entry.getKey());
            write(out, entry.getValue());
          }
        }
        out.writeEndObject();
      }
      case AnyValue.Undefined _ -> out.writeNull();
      default -> throw new IllegalArgumentException("a document cannot hold " + value.getClass());
    }
  }

  private static void writeNumber(JsonGenerator out, double number) throws IOException {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      out.writeNull();
    } else if (number == Math.rint(number) && Math.abs(number) <= ByteReader.MAX_SAFE) {
      out.writeNumber((long) number);
    } else {
      out.writeNumber(number);
    }
  }
}
