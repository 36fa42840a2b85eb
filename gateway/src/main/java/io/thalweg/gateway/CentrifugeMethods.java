package io.thalweg.gateway;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.MethodKind;
import io.thalweg.runtime.MethodType;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names by which the Centrifuge protocol calls the methods of the contracts. Immutable.
 *
 * <p>An RPC method is {@code package.Service/Method}, or {@code service/Method} with the service's
 * name in the log. A channel is {@code service/Method:key}, or {@code service:key} where the
 * service has one method that is watched: {@code leaderboard:goals}. The key is the value of the
 * method's routing field, everything after the first colon.
 */
final class CentrifugeMethods {
  private static final String NAME = "name=";
  private static final String TIMEOUT = "timeout=";

  private final Map<String, Rpc> rpcs = new HashMap<>();
  private final Map<String, Watched> channels = new HashMap<>();

  /** A method that an RPC calls. */
  record Rpc(MethodType type, MessageShape request, MessageShape reply, MethodMetrics metrics) {}

  /**
   * A method that a channel watches.
   *
   * @param key the field that the channel names
   */
  record Watched(
      WatchMethod method, MessageShape request, FieldDescriptor key, MethodMetrics metrics) {}

  /** A channel's method and key. */
  record Channel(Watched watched, String key) {}

  CentrifugeMethods(Backend backend) {
    Map<String, Integer> watches = new HashMap<>();
    for (MethodType type : backend.methods()) {
      ServiceDescriptor service = type.descriptor().getService();
      String name = service.getOptions().getExtension(ContractProto.service).getName();
      String member = "/" + type.descriptor().getName();
      MethodMetrics metrics =
          type.kind() == MethodKind.WATCH
              ? new MethodMetrics(backend.meters(), type, "centrifuge")
              : new MethodMetrics(backend, type, "centrifuge");
      MessageShape request = MessageShape.of(type.descriptor().getInputType());
      if (type.kind() != MethodKind.WATCH) {
        Rpc rpc =
            new Rpc(type, request, MessageShape.of(type.descriptor().getOutputType()), metrics);
        rpcs.put(service.getFullName() + member, rpc);
        rpcs.putIfAbsent(name + member, rpc);
        continue;
      }
      String key =
          type.descriptor().getOptions().getExtension(ContractProto.method).getRoutingKey();
      FieldDescriptor field = type.descriptor().getInputType().findFieldByName(key);
      if (field != null) {
        Watched watched = new Watched(new WatchMethod(type), request, field, metrics);
        channels.put(service.getFullName() + member, watched);
        channels.put(name + member, watched);
        channels.put(name, watched);
        watches.merge(name, 1, Integer::sum);
      }
    }
    // With several the short name would say nothing.
    watches.forEach((name, count) -> {
      if (count > 1) {
        channels.remove(name);
      }
    });
  }

  /**
   * What an RPC asks for.
   *
   * @param name of the request; null: none
   * @param timeout how long its client waits for the answer; null: it does not say
   */
  record Call(String method, @Nullable String name, @Nullable String timeout) {}

  /** Takes {@code method?timeout=500ms&name=...} apart; the name is all that follows. */
  static Call call(String text) {
    int query = text.indexOf('?');
    if (query < 0) {
      return new Call(text, null, null);
    }
    String method = text.substring(0, query);
    String rest = text.substring(query + 1);
    String timeout = null;
    if (rest.startsWith(TIMEOUT)) {
      int end = rest.indexOf('&');
      timeout = rest.substring(TIMEOUT.length(), end < 0 ? rest.length() : end);
      rest = end < 0 ? "" : rest.substring(end + 1);
    }
    if (rest.startsWith(NAME)) {
      return new Call(method, rest.substring(NAME.length()), timeout);
    }
    return rest.isEmpty() && timeout != null
        ? new Call(method, null, timeout)
        : new Call(text, null, null);
  }

  @Nullable Rpc rpc(String method) {
    return rpcs.get(method);
  }

  /** The channel of a name; null if there is none. */
  @Nullable Channel channel(String name) {
    int colon = name.indexOf(':');
    Watched watched = colon < 0 ? null : channels.get(name.substring(0, colon));
    return watched == null ? null : new Channel(watched, name.substring(colon + 1));
  }
}
