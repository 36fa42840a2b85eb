package io.thalweg.server.load;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON object a line. Columns are its fields; a number or boolean is taken as it is
 * written, null is as if it were not there, an object or array is no column.
 */
final class JsonRows implements RowReader {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final SourceFile file;
  private final RecordBound bound;
  private final BufferedReader text;
  private final Collection<String> needed;
  private long line;
  private long number;

  JsonRows(SourceFile file, Reader text, Collection<String> needed) {
    this.file = file;
    this.needed = needed;
    bound = new RecordBound(text);
    this.text = new BufferedReader(bound);
  }

  @Override
  public @Nullable Row next() throws BadInput, IOException {
    while (true) {
      String next = line();
      if (next == null) {
        return null;
      }
      line++;
      if (!next.isBlank()) {
        Map<String, String> fields = fields(next);
        return new Row(++number, line, fields::get);
      }
    }
  }

  private @Nullable String line() throws BadInput, IOException {
    bound.nextRecord();
    try {
      return text.readLine();
    } catch (IOException e) {
      file.rethrowUnreadable(e, file.at(line + 1));
      throw new BadInput(file.at(line + 1) + ": " + e.getMessage());
    }
  }

  private Map<String, String> fields(String object) throws BadInput {
    Map<String, String> fields = new HashMap<>();
    try (JsonParser json = JSON.createParser(object)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new BadInput(file.at(line) + ": a line must be one JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        if (value.isScalarValue() && value != JsonToken.VALUE_NULL && needed.contains(name)) {
          fields.put(name, json.getText());
        }
        json.skipChildren();
      }
      if (json.nextToken() != null) {
        throw new BadInput(file.at(line) + ": more follows the JSON object");
      }
      return fields;
    } catch (JacksonException e) {
      throw new BadInput(file.at(line) + ": not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new BadInput(file.at(line) + ": not JSON: " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    text.close();
  }
}
