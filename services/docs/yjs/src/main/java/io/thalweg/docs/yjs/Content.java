package io.thalweg.docs.yjs;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an item holds. Some kinds can be split and put together again; others have length 1. */
sealed interface Content {
  /** The number in the lowest five bits of an item's first byte. */
  int kind();

  /** Units that it stands for; at least 1. */
  int length();

  /** Whether its units count to the length of the type that holds it. */
  default boolean countable() {
    return true;
  }

  /**
   * Keeps the first {@code offset} units and returns the others.
   *
   * @param offset from 1 to less than the length
   */
  default Content split(int offset) {
    throw new IllegalStateException(getClass() + " has no parts");
  }

  /** Takes the units of {@code right} behind its own if it can; {@code right} is not used again. */
  default boolean append(Content right) {
    return false;
  }

  /** Writes it without its first {@code offset} units. */
  void write(StructWriter writer, int offset);

  /** What was here is gone; its length stays. */
  final class Deleted implements Content {
    private int length;

    Deleted(int length) {
      this.length = length;
    }

    @Override
    public int kind() {
      return 1;
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public boolean countable() {
      return false;
    }

    @Override
    public Content split(int offset) {
      Deleted rest = new Deleted(length - offset);
      length = offset;
      return rest;
    }

    @Override
    public boolean append(Content right) {
      if (right instanceof Deleted more) {
        length += more.length;
        return true;
      }
      return false;
    }

    @Override
    public void write(StructWriter writer, int offset) {
      writer.length(length - offset);
    }
  }

  /** Values as JSON text, of documents that old versions wrote; "undefined" stands for itself. */
  final class Json implements Content {
    private final List<String> values;

    Json(List<String> values) {
      this.values = values;
    }

    List<String> values() {
      return values;
    }

    @Override
    public int kind() {
      return 2;
    }

    @Override
    public int length() {
      return values.size();
    }

    @Override
    public Content split(int offset) {
      return new Json(cut(values, offset));
    }

    @Override
    public boolean append(Content right) {
      return right instanceof Json more && values.addAll(more.values);
    }

    @Override
    public void write(StructWriter writer, int offset) {
      writer.length(values.size() - offset);
      values.subList(offset, values.size()).forEach(writer::string);
    }
  }

  /** Bytes. */
  record Binary(byte[] bytes) implements Content {
    @Override
    public int kind() {
      return 3;
    }

    @Override
    public int length() {
      return 1;
    }

    @Override
    public void write(StructWriter writer, int offset) {
      writer.bytes(bytes);
    }
  }

  /**
   * Text. It is a string until something is appended, then a builder: a run that is typed grows
   * without being copied for every character.
   */
  final class Text implements Content {
    private CharSequence chars;

    Text(CharSequence chars) {
      this.chars = chars;
    }

    CharSequence chars() {
      return chars;
    }

    @Override
    public int kind() {
      return 4;
    }

    @Override
    public int length() {
      return chars.length();
    }

    /** A pair of surrogates that is split becomes two U+FFFD, as in Yjs: halves are not text. */
    @Override
    public Content split(int offset) {
      boolean halved = Character.isHighSurrogate(chars.charAt(offset - 1));
      String right = chars.subSequence(offset, chars.length()).toString();
      if (halved) {
        right = '\ufffd' + right.substring(1);
      }
      if (chars instanceof StringBuilder builder) {
        builder.setLength(offset);
        if (halved) {
          builder.setCharAt(offset - 1, '\ufffd');
        }
      } else {
        String left = chars.subSequence(0, offset).toString();
        chars = halved ? left.substring(0, offset - 1) + '\ufffd' : left;
      }
      return new Text(right);
    }

    @Override
    public boolean append(Content right) {
      if (!(right instanceof Text more)) {
        return false;
      }
      StringBuilder builder =
          chars instanceof StringBuilder own
              ? own
              : new StringBuilder(2 * chars.length()).append(chars);
      builder.append(more.chars);
      chars = builder;
      return true;
    }

    @Override
    public void write(StructWriter writer, int offset) {
      writer.string(offset == 0 ? chars : chars.subSequence(offset, chars.length()));
    }
  }

  /** An embedded object, as JSON text. */
  record Embed(String json) implements Content {
    @Override
    public int kind() {
      return 5;
    }

    @Override
    public int length() {
      return 1;
    }

    @Override
    public void write(StructWriter writer, int offset) {
      writer.json(json);
    }
  }

  /** From here on, text has an attribute: its name, and its value as JSON text ("null" ends it). */
  record Format(String key, String json) implements Content {
    @Override
    public int kind() {
      return 6;
    }

    @Override
    public int length() {
      return 1;
    }

    @Override
    public boolean countable() {
      return false;
    }

    @Override
    public void write(StructWriter writer, int offset) {
      writer.key(key);
      writer.json(json);
    }
  }

  /** A type with content of its own. */
  record Nested(YType type) implements Content {
    @Override
    public int kind() {
      return 7;
    }

    @Override
    public int length() {
      return 1;
    }

    @Override
    public void write(StructWriter writer, int offset) {
      writer.typeKind(type.kind().number());
      String name = type.nodeName();
      if (name != null) {
        writer.key(name);
      }
    }
  }

  /** Values as in {@link AnyValue}. */
  final class Any implements Content {
    private final List<@Nullable Object> values;

    Any(List<@Nullable Object> values) {
      this.values = values;
    }

    List<@Nullable Object> values() {
      return values;
    }

    @Override
    public int kind() {
      return 8;
    }

    @Override
    public int length() {
      return values.size();
    }

    @Override
    public Content split(int offset) {
      return new Any(cut(values, offset));
    }

    @Override
    public boolean append(Content right) {
      return right instanceof Any more && values.addAll(more.values);
    }

    @Override
    public void write(StructWriter writer, int offset) {
      writer.length(values.size() - offset);
      values.subList(offset, values.size()).forEach(writer::any);
    }
  }

  /** A document inside the document: its name, and options for whoever loads it. */
  record Subdocument(String guid, @Nullable Object options) implements Content {
    @Override
    public int kind() {
      return 9;
    }

    @Override
    public int length() {
      return 1;
    }

    @Override
    public void write(StructWriter writer, int offset) {
      writer.string(guid);
      writer.any(options);
    }
  }

  private static <T extends @Nullable Object> List<T> cut(List<T> values, int offset) {
    List<T> tail = values.subList(offset, values.size());
    List<T> rest = new ArrayList<>(tail);
    tail.clear();
    return rest;
  }
}
