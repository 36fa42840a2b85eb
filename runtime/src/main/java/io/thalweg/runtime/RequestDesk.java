package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.contract.MethodKind;
import io.thalweg.runtime.ServiceModel.Method;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks the requests of clients, and sends them to their partitions. Thread-safe. */
final class RequestDesk {
  private final NodeContext node;
  private final Map<Class<?>, Method> methods;
  private final Map<ServiceModel, List<Partition>> partitions;
  private final SharedReads reads;

  RequestDesk(
      NodeContext node,
      Map<Class<?>, Method> methods,
      Map<ServiceModel, List<Partition>> partitions,
      SharedReads reads) {
    this.node = node;
    this.methods = Map.copyOf(methods);
    this.partitions = partitions;
    this.reads = reads;
  }

  /** See {@link Node#submit(Request, ReplyHandler)}. The handler must bear being called twice. */
  void submit(Request request, ReplyHandler handler) {
    try {
      Method method = methodOf(request.message());
      checkName(request, method);
      method.rules().check(request.message());
      ServiceLevel.check(node, method, request.message());
      if (SharedReads.isShared(method, request.message())) {
        reads.submit(request, handler, (answer, shared) -> send(method, request, answer, shared));
      } else {
        send(method, request, handler, null);
      }
    } catch (Failure refusal) {
      handler.failure(refusal);
    }
  }

  private void send(
      Method method, Request request, ReplyHandler handler, @Nullable SharedRead shared) {
    long nowNs = node.host().nanoTime();
    if (method.everywhere()) {
      ScatterGather.submit(method, request, partitionsOf(method), nowNs, handler, shared);
      return;
    }
    int slot = Slots.slotOf(method.keyOf(request.message()));
    partitionOf(method, slot)
        .submit(ScatterGather.call(method, request, slot, nowNs, handler, shared));
  }

  /**
   * The method that watches.
   *
   * @throws Failure if the request is not one of a watch method, or out of its bounds
   */
  Method watchOf(Message request) {
    Method method = methods.get(request.getClass());
    if (method == null || method.kind() != MethodKind.WATCH) {
      throw Failure.of(Code.UNIMPLEMENTED, "not the request of a watch method");
    }
    method.rules().check(request);
    ServiceLevel.check(node, method, request);
    return method;
  }

  Partition partitionOf(Method method, int slot) {
    List<Partition> all = partitionsOf(method);
    return all.get(Slots.partitionOf(slot, all.size()));
  }

  private List<Partition> partitionsOf(Method method) {
    List<Partition> all = partitions.get(method.service());
    if (all == null) {
      throw new IllegalStateException(method.service().name() + " has no partitions");
    }
    return all;
  }

  private Method methodOf(Message request) {
    Method method = methods.get(request.getClass());
    if (method == null) {
      throw Failure.of(
          Code.UNIMPLEMENTED,
          request.getDescriptorForType().getFullName()
              + " is no request of a service of this node");
    }
    if (method.kind() == MethodKind.WATCH) {
      throw Failure.of(Code.UNIMPLEMENTED, method.type().fullName() + " is for watching");
    }
    if (method.type().internal()) {
      throw Failure.of(
          Code.UNIMPLEMENTED,
          method.type().fullName() + " is internal: only messages and timers may call it");
    }
    return method;
  }

  private static void checkName(Request request, Method method) {
    String name = request.name();
    if (name == null || method.kind() != MethodKind.COMMAND) {
      return;
    }
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > StoredReplies.MAX_NAME_BYTES) {
      throw Failure.invalid(
          "request name",
          "must have 1 to %d bytes of UTF-8; got %d"
              .formatted(StoredReplies.MAX_NAME_BYTES, bytes));
    }
    if (method.secretReply()) {
      throw Failure.invalid(
          "request name",
          "must not be given for %s: its answer holds a secret, and the answer of a named request is stored"
              .formatted(method.type().fullName()));
    }
  }
}
