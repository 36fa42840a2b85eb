package io.thalweg.edge;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.thalweg.contract.Access;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.MethodKind;
import io.thalweg.contract.MethodRule;
import io.thalweg.runtime.MethodType;
import java.util.ArrayList;
import java.util.List;

/**
 * What a method asks of its caller, by its contract.
 *
 * @param name full name of the method
 * @param service name of the service
 * @param access what must be allowed
 * @param scopes the fields of the request that name keys of the service
 */
public record MethodAccess(
    String name, String service, Access access, List<FieldDescriptor> scopes) {

  /**
   * Of a method.
   *
   * @throws IllegalArgumentException if the contract names a field that the request does not have
   */
  public static MethodAccess of(MethodType method) {
    MethodRule rule = method.descriptor().getOptions().getExtension(ContractProto.method);
    String service =
        method.descriptor().getService().getOptions().getExtension(ContractProto.service).getName();
    List<FieldDescriptor> scopes = new ArrayList<>();
    Descriptor request = method.descriptor().getInputType();
    if (rule.getScopedByCount() > 0) {
      rule.getScopedByList().forEach(field -> scopes.add(scope(method, request, field)));
    } else if (!rule.getRoutingKey().isEmpty()) {
      scopes.add(scope(method, request, rule.getRoutingKey()));
    }
    return new MethodAccess(method.fullName(), service, access(rule), List.copyOf(scopes));
  }

  private static Access access(MethodRule rule) {
    if (rule.getAccess() != Access.ACCESS_UNSPECIFIED) {
      return rule.getAccess();
    }
    return rule.getKind() == MethodKind.COMMAND || rule.getKind() == MethodKind.SIGNAL
        ? Access.WRITE
        : Access.READ;
  }

  private static FieldDescriptor scope(MethodType method, Descriptor request, String name) {
    FieldDescriptor field = request.findFieldByName(name);
    if (field == null || field.getJavaType() != FieldDescriptor.JavaType.STRING) {
      throw new IllegalArgumentException(
          method.fullName() + " has no string field '" + name + "' to be scoped by");
    }
    return field;
  }

  /** The keys that a request names; empty: all of the service. */
  List<String> keys(Message request) {
    List<String> keys = new ArrayList<>();
    for (FieldDescriptor field : scopes) {
      if (field.isRepeated()) {
        for (int i = 0; i < request.getRepeatedFieldCount(field); i++) {
          keys.add((String) request.getRepeatedField(field, i));
        }
      } else {
        keys.add((String) request.getField(field));
      }
    }
    return keys;
  }
}
