package io.thalweg.gateway;

import com.fasterxml.jackson.core.io.SerializedString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a message as JSON sees them, looked up once: by either spelling ({@code pageSize}
 * and {@code page_size}) and in the order of their numbers. Immutable once {@link #of} returned.
 */
final class MessageShape {
  /** Messages whose JSON is not an object of their fields; left to protobuf's own JSON. */
  private static final Set<String> SPECIAL =
      Set.of(
          "google.protobuf.Any",
          "google.protobuf.Timestamp",
          "google.protobuf.Duration",
          "google.protobuf.FieldMask",
          "google.protobuf.Struct",
          "google.protobuf.Value",
          "google.protobuf.ListValue",
          "google.protobuf.DoubleValue",
          "google.protobuf.FloatValue",
          "google.protobuf.Int64Value",
          "google.protobuf.UInt64Value",
          "google.protobuf.Int32Value",
          "google.protobuf.UInt32Value",
          "google.protobuf.BoolValue",
          "google.protobuf.StringValue",
          "google.protobuf.BytesValue");

  private final Descriptor descriptor;
  private final boolean special;
  private final List<Field> fields = new ArrayList<>();
  private final Map<String, Field> byName = new HashMap<>();

  /**
   * A field.
   *
   * @param index in the message's list of fields
   * @param key its name in JSON, encoded
   * @param message shape of its message, or of a map's value; null for other types
   */
  record Field(
      int index, FieldDescriptor descriptor, SerializedString key, @Nullable MessageShape message) {

    /** The shape of a field that is known to hold a message. */
    MessageShape messageShape() {
      if (message == null) {
        throw new IllegalStateException(descriptor.getFullName() + " holds no message");
      }
      return message;
    }
  }

  private MessageShape(Descriptor descriptor) {
    this.descriptor = descriptor;
    this.special = SPECIAL.contains(descriptor.getFullName());
  }

  static MessageShape of(Descriptor descriptor) {
    return of(descriptor, new HashMap<>());
  }

  private static MessageShape of(Descriptor descriptor, Map<Descriptor, MessageShape> known) {
    MessageShape present = known.get(descriptor);
    if (present != null) {
      return present;
    }
    MessageShape shape = new MessageShape(descriptor);
    known.put(descriptor, shape);
    if (shape.special) {
      return shape;
    }
    for (FieldDescriptor field : descriptor.getFields()) {
      FieldDescriptor value =
          field.isMapField() ? field.getMessageType().findFieldByName("value") : field;
      MessageShape message =
          value.getJavaType() == FieldDescriptor.JavaType.MESSAGE
              ? of(value.getMessageType(), known)
              : null;
      Field added =
          new Field(shape.fields.size(), field, new SerializedString(field.getJsonName()), message);
      shape.fields.add(added);
      shape.byName.put(field.getName(), added);
      shape.byName.put(field.getJsonName(), added);
    }
    return shape;
  }

  Descriptor descriptor() {
    return descriptor;
  }

  /** Whether its JSON is of a form of its own, such as a timestamp's. */
  boolean special() {
    return special;
  }

  List<Field> fields() {
    return fields;
  }

  @Nullable Field field(String name) {
    return byName.get(name);
  }

  /** The names in JSON, for an error message. */
  String fieldNames() {
    Set<String> names = new TreeSet<>();
    fields.forEach(f -> names.add(f.descriptor().getJsonName()));
    return names.isEmpty() ? "no fields" : String.join(", ", names);
  }
}
