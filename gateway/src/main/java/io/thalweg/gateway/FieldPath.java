package io.thalweg.gateway;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.thalweg.runtime.Failure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A field of a request, perhaps within messages of it ({@code settings.order}), that is set from
 * text.
 *
 * @param name as the contract spells it
 * @param parents messages on the way
 * @param leaf the field
 */
record FieldPath(String name, List<FieldDescriptor> parents, FieldDescriptor leaf) {
  private static final int MAX_DEPTH = 8;

  /**
   * @throws IllegalArgumentException if there is no such field, or it cannot come from text
   */
  static FieldPath resolve(MessageShape shape, String name) {
    FieldPath path = find(shape, name);
    if (path == null || path.leaf.isRepeated()) {
      throw new IllegalArgumentException("there is no single field '" + name + "'");
    }
    return path;
  }

  /**
   * @param name in either spelling
   * @return null if there is no such field, or it cannot come from text
   */
  static @Nullable FieldPath find(MessageShape root, String name) {
    List<FieldDescriptor> parents = new ArrayList<>();
    MessageShape shape = root;
    String[] parts = name.split("\\.", MAX_DEPTH + 1);
    StringBuilder spelled = new StringBuilder();
    for (int i = 0; i < parts.length && i < MAX_DEPTH; i++) {
      MessageShape.Field field = shape.field(parts[i]);
      if (field == null || field.descriptor().isMapField()) {
        return null;
      }
      spelled.append(i == 0 ? "" : ".").append(field.descriptor().getName());
      MessageShape message = field.message();
      if (i == parts.length - 1) {
        return message == null || message.special()
            ? new FieldPath(spelled.toString(), List.copyOf(parents), field.descriptor())
            : null;
      }
      if (message == null || message.special() || field.descriptor().isRepeated()) {
        return null;
      }
      parents.add(field.descriptor());
      shape = message;
    }
    return null;
  }

  /**
   * @throws Failure INVALID_ARGUMENT naming the field
   */
  Object parse(Message.Builder root, String text) {
    return FieldText.parse(leaf, text, name, () -> parent(root).newBuilderForField(leaf));
  }

  void set(Message.Builder root, Object value) {
    Message.Builder parent = parent(root);
    if (leaf.isRepeated()) {
      parent.addRepeatedField(leaf, value);
    } else {
      parent.setField(leaf, value);
    }
  }

  /** The value if one other than the default is set, else null. */
  @Nullable Object get(Message.Builder root) {
    Message.Builder parent = parent(root);
    if (leaf.isRepeated() ? parent.getRepeatedFieldCount(leaf) == 0 : !parent.hasField(leaf)) {
      return null;
    }
    return parent.getField(leaf);
  }

  private Message.Builder parent(Message.Builder root) {
    Message.Builder builder = root;
    for (FieldDescriptor field : parents) {
      builder = builder.getFieldBuilder(field);
    }
    return builder;
  }
}
