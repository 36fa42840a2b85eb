package io.thalweg.contract.check;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.MethodDescriptor;
import io.thalweg.contract.MethodKind;
import io.thalweg.contract.MethodRule;
import org.jspecify.annotations.Nullable;

/** What a method must have whose items may be conflated. */
final class ConflatedWatch {
  private ConflatedWatch() {}

  /** What is wrong with it; null if nothing is, or if it is not conflated. */
  static @Nullable String problem(MethodDescriptor method, MethodRule rule) {
    if (rule.getConflateByCount() == 0) {
      return null;
    }
    if (rule.getKind() != MethodKind.WATCH) {
      return "it has conflate_by, and only a WATCH can be conflated";
    }
    for (String path : rule.getConflateByList()) {
      if (!isPath(method.getOutputType(), path)) {
        return "its items have no field '" + path + "' to conflate by";
      }
    }
    if (!has(method.getInputType(), "conflate", JavaType.BOOLEAN)) {
      return "it has conflate_by, and its request no 'bool conflate' to ask for it";
    }
    if (!has(method.getOutputType(), "left_out", JavaType.INT)) {
      return "it has conflate_by, and its items no 'int32 left_out'";
    }
    return null;
  }

  private static boolean isPath(Descriptor item, String path) {
    Descriptor type = item;
    for (String name : path.split("\\.", -1)) {
      FieldDescriptor field = type == null ? null : type.findFieldByName(name);
      if (field == null) {
        return false;
      }
      type = field.getJavaType() == JavaType.MESSAGE ? field.getMessageType() : null;
    }
    return true;
  }

  private static boolean has(Descriptor type, String name, JavaType kind) {
    FieldDescriptor field = type.findFieldByName(name);
    return field != null && !field.isRepeated() && field.getJavaType() == kind;
  }
}
