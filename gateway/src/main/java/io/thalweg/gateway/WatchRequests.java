package io.thalweg.gateway;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Message;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.Position;
import org.jspecify.annotations.Nullable;

/**
 * What the gateway knows of a watch method by convention: its request's field {@code after} is the
 * position to begin after, and its item's oneof {@code event} names the event.
 */
final class WatchRequests {
  /** The position before everything that the log holds. */
  private static final String EVERYTHING = "0";

  private final @Nullable FieldDescriptor after;
  private final @Nullable OneofDescriptor event;
  private final String itemName;

  WatchRequests(MethodType method) {
    Descriptor request = method.descriptor().getInputType();
    Descriptor item = method.descriptor().getOutputType();
    FieldDescriptor field = request.findFieldByName("after");
    boolean usable =
        field != null
            && !field.isRepeated()
            && field.getJavaType() == FieldDescriptor.JavaType.STRING;
    this.after = usable ? field : null;
    this.event =
        item.getRealOneofs().stream()
            .filter(o -> o.getName().equals("event"))
            .findFirst()
            .orElse(null);
    this.itemName = lowerFirst(item.getName());
  }

  /** The position to begin after; null for now. */
  @Nullable String after(Message request) {
    if (after == null) {
      return null;
    }
    String position = (String) request.getField(after);
    return position.isEmpty() ? null : position;
  }

  /** The same request, without its position. */
  Message withoutAfter(Message request) {
    return after == null ? request : request.toBuilder().clearField(after).build();
  }

  /**
   * Makes a request begin after the event that a header names.
   *
   * @param header name of the header, for the error: the client may have sent no field
   * @throws Failure INVALID_ARGUMENT naming the header if it holds no position
   */
  void setAfter(Message.Builder request, String header, String value) {
    if (after == null) {
      return;
    }
    if (!value.equals(EVERYTHING)) {
      var _ = Position.parse(value, header);
    }
    request.setField(after, value);
  }

  /** The name of an item's event: of the oneof's case if it has one, else of the message. */
  String eventName(Message item) {
    FieldDescriptor set = event == null ? null : item.getOneofFieldDescriptor(event);
    return set == null ? itemName : set.getJsonName();
  }

  private static String lowerFirst(String name) {
    return Character.toLowerCase(name.charAt(0)) + name.substring(1);
  }
}
