package io.thalweg.runtime;

import com.google.protobuf.Message;
import io.thalweg.host.Host;
import io.thalweg.runtime.ServiceModel.Method;
import io.thalweg.runtime.system.OutboxMessage;
import org.jspecify.annotations.Nullable;

/**
 * A request on its way through a partition.
 *
 * @param method of a client's request; null for all others
 * @param slot of its routing key
 * @param sizeBytes what it counts in the queue
 * @param startNs the host's monotonic clock when it was submitted
 * @param origin what it is
 */
record Call(
    @Nullable Method method,
    Request request,
    int slot,
    int sizeBytes,
    long startNs,
    ReplyHandler handler,
    Origin origin) {

  /** A client's request. */
  Call(
      Method method, Request request, int slot, int sizeBytes, long startNs, ReplyHandler handler) {
    this(method, request, slot, sizeBytes, startNs, handler, Origin.CLIENT);
  }

  /** A call of the runtime itself. */
  static Call of(Origin origin, Request request, int slot, long nowNs, ReplyHandler handler) {
    int sizeBytes = request.message().getSerializedSize() + 128;
    return new Call(null, request, slot, sizeBytes, nowNs, handler, origin);
  }

  Message message() {
    return request.message();
  }

  int project() {
    return request.caller().project();
  }

  /** The method of a client's request. */
  Method clientMethod() {
    Method present = method;
    if (present == null) {
      throw new IllegalStateException("not a client's request: " + origin);
    }
    return present;
  }

  /** It has come to a station of its partition, if somebody follows it. */
  void at(Trace.Station station, Host host) {
    Trace trace = request.trace();
    if (trace != null) {
      trace.at(station, host.nanoTime());
    }
  }

  /** What is asked, for a person: a method, or the type of a message. */
  String what() {
    if (method != null) {
      return method.type().fullName();
    }
    return message() instanceof OutboxMessage message
        ? message.getRequestType()
        : message().getDescriptorForType().getFullName();
  }
}
