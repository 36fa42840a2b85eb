package io.thalweg.gateway;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.MethodRule;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.WatchStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the items of a watch method are conflated, by its contract: the fields that {@code
 * conflate_by} names hold the keys of an item. An item is not needed if for each of its keys a
 * later one waits. An item without a key is always needed.
 */
final class Conflation {
  private static final String CONFLATE = "conflate";
  private static final String LEFT_OUT = "left_out";

  private final List<List<FieldDescriptor>> paths;
  private final FieldDescriptor conflate;
  private final FieldDescriptor leftOut;

  /**
   * A key of an item: two items have it in common only if it stands in the same field.
   *
   * @param path which of the fields
   * @param value what it holds; {@code true} where the field is a message that is there
   */
  record Key(int path, Object value) {
    /** What it takes in memory, roughly. */
    int bytes() {
      return 96 + (value instanceof String text ? text.length() : 8);
    }
  }

  private Conflation(
      List<List<FieldDescriptor>> paths, FieldDescriptor conflate, FieldDescriptor leftOut) {
    this.paths = paths;
    this.conflate = conflate;
    this.leftOut = leftOut;
  }

  /**
   * Of a method; null if its contract knows none.
   *
   * @throws IllegalArgumentException if the contract names fields that there are not
   */
  static @Nullable Conflation of(MethodType method) {
    MethodRule rule = method.descriptor().getOptions().getExtension(ContractProto.method);
    if (rule.getConflateByCount() == 0) {
      return null;
    }
    Descriptor item = method.descriptor().getOutputType();
    List<List<FieldDescriptor>> paths = new ArrayList<>();
    rule.getConflateByList().forEach(path -> paths.add(path(method, item, path)));
    return new Conflation(
        List.copyOf(paths),
        field(method, method.descriptor().getInputType(), CONFLATE, JavaType.BOOLEAN),
        field(method, item, LEFT_OUT, JavaType.INT));
  }

  private static List<FieldDescriptor> path(MethodType method, Descriptor item, String path) {
    List<FieldDescriptor> fields = new ArrayList<>();
    Descriptor type = item;
    for (String name : path.split("\\.", -1)) {
      FieldDescriptor field = type == null ? null : type.findFieldByName(name);
      if (field == null) {
        throw new IllegalArgumentException(
            "%s: there is no field '%s' in its items to conflate by"
                .formatted(method.fullName(), path));
      }
      fields.add(field);
      type = field.getJavaType() == JavaType.MESSAGE ? field.getMessageType() : null;
    }
    return List.copyOf(fields);
  }

  private static FieldDescriptor field(
      MethodType method, Descriptor type, String name, JavaType kind) {
    FieldDescriptor field = type.findFieldByName(name);
    if (field == null || field.isRepeated() || field.getJavaType() != kind) {
      throw new IllegalArgumentException(
          "%s has conflate_by, and %s no field '%s' of type %s"
              .formatted(
                  method.fullName(),
                  type.getName(),
                  name,
                  kind == JavaType.INT ? "int32" : "bool"));
    }
    return field;
  }

  /** Whether a client asks for it. */
  boolean isWanted(Message request) {
    return (Boolean) request.getField(conflate);
  }

  /** The same request, as the node is asked: it knows of no conflation. */
  Message withoutWish(Message request) {
    return isWanted(request) ? request.toBuilder().clearField(conflate).build() : request;
  }

  /** The keys of an item, each once. */
  Set<Key> keys(Message item) {
    Set<Key> keys = new HashSet<>();
    for (int i = 0; i < paths.size(); i++) {
      collect(item, paths.get(i), 0, i, keys);
    }
    return keys;
  }

  private static void collect(
      Message message, List<FieldDescriptor> path, int at, int number, Set<Key> keys) {
    FieldDescriptor field = path.get(at);
    boolean last = at == path.size() - 1;
    if (field.isRepeated()) {
      for (Object each : (List<?>) message.getField(field)) {
        collect(each, path, at, number, last, keys);
      }
    } else if (!field.hasPresence() || message.hasField(field)) {
      collect(message.getField(field), path, at, number, last, keys);
    }
  }

  private static void collect(
      Object value, List<FieldDescriptor> path, int at, int number, boolean last, Set<Key> keys) {
    if (last) {
      keys.add(new Key(number, value instanceof Message ? Boolean.TRUE : value));
    } else if (value instanceof Message inner) {
      collect(inner, path, at + 1, number, keys);
    }
  }

  /** The item, saying how many before it were left out. */
  WatchStream.Item saying(WatchStream.Item item, long left) {
    if (left == 0) {
      return item;
    }
    int count = (int) Math.min(left, Integer.MAX_VALUE);
    return new WatchStream.Item(
        item.position(), item.message().toBuilder().setField(leftOut, count).build());
  }
}
