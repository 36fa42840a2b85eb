package io.thalweg.log.backup;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A JSON object that was read: numbers are whole, null and fractions are refused. Unknown fields
 * are left alone: a later version may add some.
 */
record Json(Map<String, Object> fields, String where) {
  private static final JsonFactory FACTORY = new JsonFactory();
  private static final int MAX_DEPTH = 16;

  /** Writes JSON. */
  interface Writer {
    void write(JsonGenerator out) throws IOException;
  }

  static byte[] write(Writer writer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
      out.useDefaultPrettyPrinter();
      writer.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static Json read(byte[] json, String where) {
    try (JsonParser in = FACTORY.createParser(json)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new BackupException(where + " is not a JSON object");
      }
      return new Json(object(in, 1), where);
    } catch (IOException e) {
      throw new BackupException(where + " is not JSON: " + e.getMessage(), e);
    }
  }

  private static Map<String, Object> object(JsonParser in, int depth) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      fields.put(name, value(in, in.nextToken(), depth));
    }
    return fields;
  }

  private static Object value(JsonParser in, JsonToken token, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw new IOException("it is nested more than " + MAX_DEPTH + " deep");
    }
    return switch (token) {
      case START_OBJECT -> object(in, depth + 1);
      case START_ARRAY -> {
        List<Object> items = new ArrayList<>();
        for (JsonToken next = in.nextToken(); next != JsonToken.END_ARRAY; next = in.nextToken()) {
          items.add(value(in, next, depth + 1));
        }
        yield items;
      }
      case VALUE_STRING -> in.getText();
      case VALUE_NUMBER_INT -> in.getLongValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw new IOException("an unexpected " + token);
    };
  }

  BackupException bad(String why) {
    return new BackupException(where + ": " + why);
  }

  Set<String> names() {
    return fields.keySet();
  }

  long number(String name) {
    if (fields.get(name) instanceof Long number && number >= 0) {
      return number;
    }
    throw bad("'" + name + "' must be a whole number from 0 on");
  }

  /** As {@link #number}; another number if there is no such field. */
  long numberOr(String name, long otherwise) {
    return fields.containsKey(name) ? number(name) : otherwise;
  }

  String text(String name) {
    if (fields.get(name) instanceof String text) {
      return text;
    }
    throw bad("'" + name + "' must be a text");
  }

  @SuppressWarnings("unchecked") // keys are field names
  Json object(String name) {
    if (fields.get(name) instanceof Map<?, ?> map) {
      return new Json((Map<String, Object>) map, where + ": '" + name + "'");
    }
    throw bad("'" + name + "' must be an object");
  }

  @SuppressWarnings("unchecked") // keys are field names
  List<Json> objects(String name) {
    if (!(fields.get(name) instanceof List<?> list)) {
      throw bad("'" + name + "' must be an array");
    }
    List<Json> objects = new ArrayList<>();
    for (Object item : list) {
      if (!(item instanceof Map<?, ?> map)) {
        throw bad("'" + name + "' must hold objects");
      }
      objects.add(new Json((Map<String, Object>) map, where + ": '" + name + "'"));
    }
    return objects;
  }
}
