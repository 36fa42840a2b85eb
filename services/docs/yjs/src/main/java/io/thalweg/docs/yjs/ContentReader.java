package io.thalweg.docs.yjs;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what an item holds, by the number of its kind. */
final class ContentReader {
  private ContentReader() {}

  static Content read(StructReader reader, int kind) {
    return switch (kind) {
      case 1 -> new Content.Deleted(reader.length());
      case 2 -> readJson(reader);
      case 3 -> new Content.Binary(reader.bytes());
      case 4 -> new Content.Text(reader.string());
      case 5 -> new Content.Embed(reader.json());
      case 6 -> new Content.Format(reader.key(), reader.json());
      case 7 -> readNested(reader);
      case 8 -> readAny(reader);
      case 9 -> new Content.Subdocument(reader.string(), reader.any());
      default -> throw reader.rest().malformed(kind + " is no kind of content");
    };
  }

  private static Content readJson(StructReader reader) {
    int count = reader.length();
    List<String> values = new ArrayList<>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      String value = reader.string();
      values.add(value.equals("undefined") ? value : JsonText.checked(value));
    }
    return new Content.Json(values);
  }

  private static Content readAny(StructReader reader) {
    int count = reader.length();
    if (count > reader.rest().remaining()) {
      throw reader.rest().malformed(count + " values are announced, and the bytes end before");
    }
    List<@Nullable Object> values = new ArrayList<>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      values.add(reader.any());
    }
    return new Content.Any(values);
  }

  private static Content readNested(StructReader reader) {
    int number = reader.typeKind();
    YType.Kind kind = YType.Kind.of(number);
    if (kind == null) {
      throw reader.rest().malformed(number + " is no kind of type");
    }
    return new Content.Nested(YType.nested(kind, kind.isNamed() ? reader.key() : null));
  }
}
