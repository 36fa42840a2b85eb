package io.thalweg.runtime;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import io.thalweg.contract.ContractProto;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The contract level that a message needs to be understood: that of its event or method, or of a
 * later field that is set in it. An older release would pass over such a field without a word.
 *
 * <p>Costs nothing where no field has a level. Immutable.
 */
final class NeededLevel {
  private final int least;
  private final boolean fields;

  private NeededLevel(int least, boolean fields) {
    this.least = least;
    this.fields = fields;
  }

  /**
   * For messages of a type.
   *
   * @param since of the event or method; 0 and 1 are the same
   */
  static NeededLevel of(Descriptor type, int since) {
    return new NeededLevel(Math.max(1, since), marks(type, new HashSet<>()));
  }

  private static boolean marks(Descriptor type, Set<Descriptor> seen) {
    if (!seen.add(type)) {
      return false;
    }
    for (FieldDescriptor field : type.getFields()) {
      if (since(field) > 1
          || (field.getJavaType() == JavaType.MESSAGE && marks(field.getMessageType(), seen))) {
        return true;
      }
    }
    return false;
  }

  private static int since(FieldDescriptor field) {
    return field.getOptions().getExtension(ContractProto.field).getSince();
  }

  /** Of the event or method itself; at least 1. */
  int least() {
    return least;
  }

  /** Of a message; at least 1. */
  int of(Message message) {
    return fields ? Math.max(least, deepest(message)) : least;
  }

  private static int deepest(Message message) {
    int level = 1;
    for (Map.Entry<FieldDescriptor, Object> each : message.getAllFields().entrySet()) {
      level = Math.max(level, since(each.getKey()));
      if (each.getValue() instanceof Message inner) {
        level = Math.max(level, deepest(inner));
      } else if (each.getValue() instanceof List<?> many) {
        for (Object element : many) {
          if (element instanceof Message inner) {
            level = Math.max(level, deepest(inner));
          }
        }
      }
    }
    return level;
  }
}
