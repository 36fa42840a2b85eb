package io.thalweg.docs.yjs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads types as what they are taken for. */
final class YRead {
  /** How deep types may lie in each other for whoever reads them. */
  private static final int MAX_DEPTH = 200;

  private YRead() {}

  static String text(YType type) {
    StringBuilder text = new StringBuilder(type.length());
    for (Item item = type.start(); item != null; item = item.right) {
      if (!item.deleted() && item.content instanceof Content.Text part) {
        text.append(part.chars());
      }
    }
    return text.toString();
  }

  static List<DeltaInsert> delta(YType type) {
    return delta(type, 0);
  }

  private static List<DeltaInsert> delta(YType type, int depth) {
    List<DeltaInsert> parts = new ArrayList<>();
    Map<String, @Nullable Object> attributes = new LinkedHashMap<>();
    StringBuilder run = new StringBuilder();
    for (Item item = type.start(); item != null; item = item.right) {
      if (item.deleted()) {
        continue;
      }
      switch (item.content) {
        case Content.Text part -> run.append(part.chars());
        case Content.Format format -> {
          flush(run, attributes, parts);
          Object value = JsonText.parse(format.json());
          if (value == null) {
            attributes.remove(format.key());
          } else {
            attributes.put(format.key(), value);
          }
        }
        case Content.Embed embed -> {
          flush(run, attributes, parts);
          parts.add(new DeltaInsert(JsonText.parse(embed.json()), new LinkedHashMap<>(attributes)));
        }
        case Content.Nested nested -> {
          flush(run, attributes, parts);
          parts.add(
              new DeltaInsert(value(nested.type(), depth + 1), new LinkedHashMap<>(attributes)));
        }
        default -> {}
      }
    }
    flush(run, attributes, parts);
    return parts;
  }

  private static void flush(
      StringBuilder run, Map<String, @Nullable Object> attributes, List<DeltaInsert> parts) {
    if (!run.isEmpty()) {
      parts.add(new DeltaInsert(run.toString(), new LinkedHashMap<>(attributes)));
      run.setLength(0);
    }
  }

  static List<@Nullable Object> list(YType type) {
    return list(type, 0);
  }

  private static List<@Nullable Object> list(YType type, int depth) {
    List<@Nullable Object> values = new ArrayList<>();
    for (Item item = type.start(); item != null; item = item.right) {
      if (!item.deleted() && item.content.countable()) {
        addValues(item.content, values, depth);
      }
    }
    return values;
  }

  static Map<String, @Nullable Object> map(YType type) {
    return map(type, 0);
  }

  private static Map<String, @Nullable Object> map(YType type, int depth) {
    Map<String, @Nullable Object> values = new TreeMap<>();
    type.entries()
        .forEach((key, item) -> {
          if (!item.deleted()) {
            List<@Nullable Object> held = new ArrayList<>();
            addValues(item.content, held, depth);
            if (!held.isEmpty()) {
              values.put(key, held.getLast());
            }
          }
        });
    return values;
  }

  private static void addValues(Content content, List<@Nullable Object> values, int depth) {
    switch (content) {
      case Content.Any any -> values.addAll(any.values());
      case Content.Json json ->
          json.values()
              .forEach(text ->
                  values.add(
                      text.equals("undefined")
                          ? AnyValue.Undefined.UNDEFINED
                          : JsonText.parse(text)));
      case Content.Binary binary -> values.add(binary.bytes());
      case Content.Text text ->
          text.chars().chars().forEach(c -> values.add(String.valueOf((char) c)));
      case Content.Embed embed -> values.add(JsonText.parse(embed.json()));
      case Content.Nested nested -> values.add(value(nested.type(), depth + 1));
      case Content.Subdocument document -> values.add(Map.of("guid", document.guid()));
      case Content.Deleted _, Content.Format _ -> {}
    }
  }

  static @Nullable Object value(YType type) {
    return value(type, 0);
  }

  private static @Nullable Object value(YType type, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalStateException("types lie in each other more than 200 deep");
    }
    return switch (type.kind()) {
      case ARRAY -> list(type, depth);
      case MAP -> map(type, depth);
      case TEXT -> text(type);
      case XML_ELEMENT, XML_FRAGMENT, XML_TEXT -> xml(type, depth);
      case XML_HOOK -> map(type, depth);
      case ROOT -> rootValue(type, depth);
    };
  }

  private static Object rootValue(YType type, int depth) {
    for (Item item = type.start(); item != null; item = item.right) {
      if (item.content instanceof Content.Text || item.content instanceof Content.Format) {
        return text(type);
      }
      if (item.content instanceof Content.Nested nested
          && switch (nested.type().kind()) {
            case XML_ELEMENT, XML_TEXT, XML_HOOK -> true;
            default -> false;
          }) {
        return xml(type, depth);
      }
    }
    return type.start() == null && !type.entries().isEmpty() ? map(type, depth) : list(type, depth);
  }

  static String xml(YType type) {
    return xml(type, 0);
  }

  private static String xml(YType type, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalStateException("types lie in each other more than 200 deep");
    }
    if (type.kind() == YType.Kind.XML_TEXT) {
      return formatted(delta(type, depth));
    }
    StringBuilder inner = new StringBuilder();
    for (Item item = type.start(); item != null; item = item.right) {
      if (!item.deleted() && item.content instanceof Content.Nested nested) {
        inner.append(xml(nested.type(), depth + 1));
      }
    }
    String name = type.nodeName();
    if (type.kind() != YType.Kind.XML_ELEMENT || name == null) {
      return inner.toString();
    }
    String tag = name.toLowerCase(Locale.ROOT);
    StringBuilder element = new StringBuilder("<").append(tag);
    map(type, depth)
        .forEach((key, value) ->
            element.append(' ').append(key).append("=\"").append(plain(value)).append('"'));
    return element.append('>').append(inner).append("</").append(tag).append('>').toString();
  }

  /** As Yjs writes it: every format is an element around the text, by name. Nothing is escaped. */
  private static String formatted(List<DeltaInsert> parts) {
    StringBuilder text = new StringBuilder();
    for (DeltaInsert part : parts) {
      StringBuilder closing = new StringBuilder();
      new TreeMap<>(part.attributes())
          .forEach((name, value) -> {
            text.append('<').append(name);
            if (value instanceof Map<?, ?> attributes) {
              new TreeMap<Object, @Nullable Object>(attributes)
                  .forEach((key, held) ->
                      text.append(' ').append(key).append("=\"").append(plain(held)).append('"'));
            }
            text.append('>');
            closing.insert(0, "</" + name + ">");
          });
      text.append(plain(part.insert())).append(closing);
    }
    return text.toString();
  }

  private static String plain(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case String string -> string;
      default -> JsonText.write(value);
    };
  }
}
