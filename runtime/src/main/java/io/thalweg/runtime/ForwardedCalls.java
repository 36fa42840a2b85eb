package io.thalweg.runtime;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import com.google.rpc.Code;
import com.google.rpc.Status;
import io.thalweg.contract.MethodKind;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.ServiceModel.Method;
import io.thalweg.runtime.system.DeadLetterResolved;
import io.thalweg.runtime.system.DeadLetterRows;
import io.thalweg.runtime.system.ForwardedAnswer;
import io.thalweg.runtime.system.ForwardedCall;
import io.thalweg.runtime.system.ForwardedDeadLetterDecision;
import io.thalweg.runtime.system.ForwardedDeadLetterList;
import io.thalweg.runtime.system.ForwardedDelivery;
import io.thalweg.runtime.system.MessageReceived;
import io.thalweg.runtime.system.OutboxMessage;
import io.thalweg.runtime.system.PeerRequest;
import org.jspecify.annotations.Nullable;

/** A call as it goes from node to node, and its reply. */
final class ForwardedCalls {
  private ForwardedCalls() {}

  /** Of a call to a partition, for the node that leads it. */
  static PeerRequest encode(PartitionId id, Call call, long timeoutMs) {
    Request request = call.request();
    ForwardedCall.Builder to =
        ForwardedCall.newBuilder()
            .setService(id.service())
            .setPartition(id.index())
            .setSlot(call.slot())
            .setRequestType(request.message().getDescriptorForType().getFullName())
            .setRequest(request.message().toByteString())
            .setProject(request.caller().project())
            .setPrincipal(request.caller().principal())
            .setTimeoutMs(timeoutMs);
    if (request.name() != null) {
      to.setName(request.name());
    }
    Trace trace = request.trace();
    if (trace != null) {
      to.setTrace(UnsafeByteOperations.unsafeWrap(trace.context()));
    }
    switch (call.origin()) {
      case Origin.Client() -> {}
      case Origin.Delivery(PartitionId source, long sequence, int attempt) ->
          to.setDelivery(
              ForwardedDelivery.newBuilder()
                  .setSourceService(source.service())
                  .setSourcePartition(source.index())
                  .setSequence(sequence)
                  .setAttempt(attempt));
      case Origin.DeadLetterList(long afterOffset, int limit) ->
          to.setDeadLetters(
              ForwardedDeadLetterList.newBuilder().setAfterOffset(afterOffset).setLimit(limit));
      case Origin.DeadLetterDecision(long offset, DeadLetterResolved.How how) ->
          to.setDeadLetter(
              ForwardedDeadLetterDecision.newBuilder().setOffset(offset).setHow(how.getNumber()));
    }
    return PeerRequest.newBuilder().setCall(to).build();
  }

  /**
   * A call that another node has sent.
   *
   * @param nowNs the host's monotonic clock
   * @throws Failure if this build cannot read it, or it is out of its bounds
   */
  static Call decode(
      ServiceModel model,
      ForwardedCall from,
      @Nullable Trace trace,
      long nowNs,
      ReplyHandler handler) {
    Origin origin = origin(from);
    Method method = null;
    Message prototype;
    switch (origin) {
      case Origin.Client() -> {
        method = methodOf(model, from.getRequestType());
        prototype = method.type().request();
      }
      case Origin.Delivery _ -> prototype = OutboxMessage.getDefaultInstance();
      case Origin.DeadLetterList _, Origin.DeadLetterDecision _ ->
          prototype = DeadLetterResolved.getDefaultInstance();
    }
    Message message = parse(prototype, from.getRequest());
    if (method != null) {
      // The other node may be of another release, with other bounds.
      method.rules().check(message);
    }
    Request request =
        new Request(
            message,
            new Caller(from.getProject(), from.getPrincipal()),
            from.hasName() ? from.getName() : null,
            nowNs + java.util.concurrent.TimeUnit.MILLISECONDS.toNanos(from.getTimeoutMs()),
            trace);
    int sizeBytes = message.getSerializedSize() + 128;
    return new Call(method, request, from.getSlot(), sizeBytes, nowNs, handler, origin, null);
  }

  private static Origin origin(ForwardedCall from) {
    return switch (from.getOriginCase()) {
      case DELIVERY ->
          new Origin.Delivery(
              new PartitionId(
                  from.getDelivery().getSourceService(), from.getDelivery().getSourcePartition()),
              from.getDelivery().getSequence(),
              from.getDelivery().getAttempt());
      case DEAD_LETTERS ->
          new Origin.DeadLetterList(
              from.getDeadLetters().getAfterOffset(), from.getDeadLetters().getLimit());
      case DEAD_LETTER -> {
        DeadLetterResolved.How how =
            DeadLetterResolved.How.forNumber(from.getDeadLetter().getHow());
        if (how == null) {
          throw Failure.of(
              Code.UNIMPLEMENTED, "no such decision: " + from.getDeadLetter().getHow());
        }
        yield new Origin.DeadLetterDecision(from.getDeadLetter().getOffset(), how);
      }
      case ORIGIN_NOT_SET -> Origin.CLIENT;
    };
  }

  /**
   * A method of a service by the type of its request.
   *
   * @throws Failure UNIMPLEMENTED if this build has none
   */
  static Method methodOf(ServiceModel model, String requestType) {
    for (Method method : model.methods()) {
      if (method.type().request().getDescriptorForType().getFullName().equals(requestType)) {
        return method;
      }
    }
    throw Failure.of(
        Code.UNIMPLEMENTED,
        "service '%s' has no method for %s at the node that leads"
            .formatted(model.name(), Failure.quote(requestType)));
  }

  static Message parse(Message prototype, com.google.protobuf.ByteString bytes) {
    try {
      return prototype.getParserForType().parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw Failure.of(
          Code.INTERNAL,
          "what a node of the cluster sent is no " + prototype.getDescriptorForType().getName());
    }
  }

  /** Tells a call's handler what was answered. */
  static void answer(Call call, int partition, ForwardedAnswer answer, ReplyHandler handler) {
    Message prototype =
        switch (call.origin()) {
          case Origin.Client() -> call.clientMethod().type().reply();
          case Origin.Delivery _ -> MessageReceived.getDefaultInstance();
          case Origin.DeadLetterList _ -> DeadLetterRows.getDefaultInstance();
          case Origin.DeadLetterDecision _ -> DeadLetterResolved.getDefaultInstance();
        };
    Message reply;
    try {
      reply = parse(prototype, answer.getReply());
    } catch (Failure e) {
      handler.failure(e);
      return;
    }
    handler.reply(reply, new Position(answer.getLineage(), partition, answer.getOffset()));
  }

  /** A failure that another node has sent. */
  static Failure failure(com.google.protobuf.ByteString status) {
    try {
      return new Failure(Status.parseFrom(status));
    } catch (InvalidProtocolBufferException e) {
      return Failure.of(Code.INTERNAL, "a node of the cluster has sent a failure that is none");
    }
  }

  /** Whether it may be sent again although it may have been executed. */
  static boolean isRepeatable(Call call) {
    return switch (call.origin()) {
      case Origin.Client() -> {
        MethodKind kind = call.clientMethod().kind();
        // A named command is executed once, and answered with what it was answered first.
        yield kind == MethodKind.COMMAND
            ? call.request().name() != null
            : kind != MethodKind.SIGNAL;
      }
      // It has a number: the second is a duplicate.
      case Origin.Delivery _, Origin.DeadLetterList _ -> true;
      case Origin.DeadLetterDecision _ -> false;
    };
  }
}
