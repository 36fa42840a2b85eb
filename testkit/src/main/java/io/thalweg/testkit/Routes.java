package io.thalweg.testkit;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.thalweg.contract.ContractProto;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.Node;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which method a request is of, and which of its fields routes it. */
final class Routes {
  private final Map<Class<?>, Route> routes = new HashMap<>();

  /** A method with the field that routes it, if it has one. */
  record Route(MethodType method, String service, @Nullable FieldDescriptor field) {
    String keyOf(Message request) {
      return field == null ? "" : String.valueOf(request.getField(field));
    }
  }

  Routes(Node node) {
    for (MethodType method : node.methods()) {
      String field =
          method.descriptor().getOptions().getExtension(ContractProto.method).getRoutingKey();
      routes.put(
          method.request().getClass(),
          new Route(
              method,
              method
                  .descriptor()
                  .getService()
                  .getOptions()
                  .getExtension(ContractProto.service)
                  .getName(),
              field.isEmpty()
                  ? null
                  : method.request().getDescriptorForType().findFieldByName(field)));
    }
  }

  Route of(Message request) {
    Route route = routes.get(request.getClass());
    if (route == null) {
      throw new IllegalArgumentException(
          "ask(...) gave a "
              + request.getDescriptorForType().getFullName()
              + ", which is no request of the simulated services");
    }
    return route;
  }
}
