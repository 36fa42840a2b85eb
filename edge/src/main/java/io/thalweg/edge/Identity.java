package io.thalweg.edge;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.contract.Access;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import java.util.List;

/**
 * Who a client is, and what it may do.
 *
 * @param caller project and name
 * @param permissions at least one of them must allow a request
 */
public record Identity(Caller caller, List<Permission> permissions) {
  public Identity {
    permissions = List.copyOf(permissions);
  }

  /** Somebody in particular, or nobody, who may do everything in the project. */
  public static Identity unlimited(Caller caller) {
    return new Identity(caller, List.of(Permission.everything()));
  }

  /**
   * Whether a request is allowed: one permission must allow the access to the service, and each key
   * that the request names must lie within a prefix that is allowed.
   *
   * @throws Failure PERMISSION_DENIED naming what is missing
   */
  public void check(MethodAccess method, Message request) {
    boolean any = false;
    for (Permission permission : permissions) {
      if (permission.allows(method.service(), method.access())) {
        if (permission.keyPrefix().isEmpty()) {
          return;
        }
        any = true;
      }
    }
    if (!any) {
      throw denied(
          method.service() + ":" + method.access().name().toLowerCase(java.util.Locale.ROOT));
    }
    List<String> keys = method.keys(request);
    if (keys.isEmpty()) {
      throw Failure.of(
          Code.PERMISSION_DENIED,
          "%s reads all keys of %s; what was presented allows only some"
              .formatted(method.name(), method.service()));
    }
    for (String key : keys) {
      if (permissions.stream()
          .noneMatch(
              p -> p.allows(method.service(), method.access()) && key.startsWith(p.keyPrefix()))) {
        throw Failure.of(
            Code.PERMISSION_DENIED,
            "what was presented does not allow the key '"
                + Failure.quote(key)
                + "' of "
                + method.service());
      }
    }
  }

  /**
   * Whether what concerns the whole node is allowed. Only identities of the project "default" may.
   *
   * @throws Failure PERMISSION_DENIED if not
   */
  public void checkOperations(Access access) {
    if (!mayOperate(access)) {
      throw denied(Permission.OPERATIONS + ":" + access.name().toLowerCase(java.util.Locale.ROOT));
    }
  }

  /** As {@link #checkOperations}, as an answer. */
  public boolean mayOperate(Access access) {
    return caller.project() == 0
        && permissions.stream().anyMatch(p -> p.allows(Permission.OPERATIONS, access));
  }

  private static Failure denied(String needed) {
    return Failure.of(
        Code.PERMISSION_DENIED,
        "this needs the permission " + needed + ", which was not presented");
  }
}
