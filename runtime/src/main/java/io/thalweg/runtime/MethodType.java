package io.thalweg.runtime;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Message;
import io.thalweg.contract.MethodKind;

/**
 * A method of a service, as the gateway needs it.
 *
 * @param descriptor from the contract, with its HTTP bindings
 * @param kind command, point query, scan or watch
 * @param request default instance of the request
 * @param reply default instance of the reply (of a watch: of one item)
 * @param internal only messages, timers and effects may call it; no client can
 */
public record MethodType(
    MethodDescriptor descriptor,
    MethodKind kind,
    Message request,
    Message reply,
    boolean internal) {

  /** A method that clients may call. */
  public MethodType(MethodDescriptor descriptor, MethodKind kind, Message request, Message reply) {
    this(descriptor, kind, request, reply, false);
  }

  /** The full gRPC name, for example {@code thalweg.leaderboard.v1.Leaderboards/SubmitScore}. */
  public String fullName() {
    return descriptor.getService().getFullName() + "/" + descriptor.getName();
  }
}
