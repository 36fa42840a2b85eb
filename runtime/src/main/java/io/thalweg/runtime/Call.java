package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
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
 * @param shared what others may join until it begins; null: none may
 */
record Call(
    @Nullable Method method,
    Request request,
    int slot,
    int sizeBytes,
    long startNs,
    ReplyHandler handler,
    Origin origin,
    @Nullable SharedRead shared) {

  /** A call of the runtime itself. */
  static Call of(Origin origin, Request request, int slot, long nowNs, ReplyHandler handler) {
    int sizeBytes = request.message().getSerializedSize() + 128;
    return new Call(null, request, slot, sizeBytes, nowNs, handler, origin, null);
  }

  /**
   * Its execution begins: nobody joins it any more.
   *
   * @return false if nobody waits for it any more, so that it need not be executed
   */
  boolean begin(long nowNs) {
    return shared == null ? !isPast(request.deadlineNs(), nowNs) : shared.begin(nowNs);
  }

  /** Whether nobody waits for it any more. */
  boolean isExpired(long nowNs) {
    return isPast(shared == null ? request.deadlineNs() : shared.deadlineNs(), nowNs);
  }

  static boolean isPast(long deadlineNs, long nowNs) {
    return deadlineNs != Long.MAX_VALUE && deadlineNs - nowNs < 0;
  }

  /** What a request is answered with that was not executed in time. */
  static Failure expired() {
    return Failure.of(Code.DEADLINE_EXCEEDED, "it waited too long and was not executed");
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
