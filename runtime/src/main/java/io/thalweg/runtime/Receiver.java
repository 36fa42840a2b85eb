package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.runtime.Outbox.Target;
import io.thalweg.runtime.system.MessageReceived;
import io.thalweg.runtime.system.OutboxMessage;
import org.jspecify.annotations.Nullable;

/**
 * Handles the messages that a partition is sent: each exactly once, in the order of its source.
 *
 * <p>The receipt (the mark that makes the next offer of the same message a duplicate) goes into the
 * log as part of the same command as the handler's events, so either both are there or none. A
 * message that its handler refuses for good, or that makes it throw {@value #MAX_ATTEMPTS} times,
 * is received too, as a dead letter.
 *
 * <p>Used by the partition's thread.
 */
final class Receiver {
  /** So often a message is offered to a handler that throws. */
  static final int MAX_ATTEMPTS = 8;

  private static final long FULL_RETRY_MS = 1000;

  private final NodeContext node;
  private final ServiceModel model;
  private final ServiceInstance instance;
  private final Inbox inbox;
  private final Burials burials;
  private final Deciding deciding;
  private final BatchControl batches;
  private final Poisons poisons;
  private final MessageMetrics metrics;

  Receiver(
      NodeContext node,
      ServiceModel model,
      ServiceInstance instance,
      SystemTables tables,
      Deciding deciding,
      BatchControl batches,
      Poisons poisons,
      MessageMetrics metrics) {
    this.node = node;
    this.model = model;
    this.instance = instance;
    inbox = tables.inbox();
    this.deciding = deciding;
    burials = new Burials(tables.deadLetters(), deciding, metrics);
    this.batches = batches;
    this.poisons = poisons;
    this.metrics = metrics;
  }

  /**
   * Handles a message if it is the next of its source.
   *
   * @return the last sequence that was received of this source, this one or another
   * @throws Failure if it was not received and is to be offered again: INTERNAL if its handler
   *     threw
   */
  MessageReceived receive(Call call, Origin.Delivery delivery) {
    Target source = new Target(delivery.source().service(), delivery.source().index());
    long mark = inbox.markOf(source);
    MessageReceived receipt =
        MessageReceived.newBuilder()
            .setSourceService(source.service())
            .setSourcePartition(source.partition())
            .setSequence(delivery.sequence())
            .build();
    if (delivery.sequence() != mark + 1) {
      if (delivery.sequence() <= mark) {
        metrics.duplicates.increment();
      }
      return receipt.toBuilder().setSequence(mark).build();
    }
    OutboxMessage message = (OutboxMessage) call.message();
    node.clock().advanceTo(message.getSentUs());
    batches.notBefore(message.getSentUs());
    deciding.beginMessage(call.request(), call.slot());
    try {
      deciding.decide(() -> {
        deciding.record(receipt);
        instance.handle(parse(model, message.getRequestType(), message.getPayload()), deciding);
        return receipt;
      });
    } catch (Failure refusal) {
      if (refusal.isRetryable()) {
        throw refusal;
      }
      bury(call, receipt, message, refusal);
    } catch (RuntimeException | Error e) {
      if (Executor.isFatal(e) || delivery.attempt() < MAX_ATTEMPTS) {
        throw e;
      }
      bury(
          call,
          receipt,
          message,
          poisons.poisoned(call.what(), e, "it was tried " + MAX_ATTEMPTS + " times"));
    }
    metrics.received.increment();
    return receipt;
  }

  private void bury(Call call, MessageReceived receipt, OutboxMessage message, Failure refusal) {
    boolean buried =
        burials.bury(
            call.request().caller(),
            call.slot(),
            receipt,
            Burials.letter(message.getRequestType(), message.getPayload(), refusal)
                .setSourceService(receipt.getSourceService())
                .setSourcePartition(receipt.getSourcePartition())
                .setSequence(receipt.getSequence()));
    if (!buried) {
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "this partition has %d dead letters, the most that it may; retry or drop some"
              .formatted(burials.size()),
          FULL_RETRY_MS);
    }
  }

  /**
   * What a message or timer brings.
   *
   * @throws Failure UNIMPLEMENTED if this build has no handler for it, INTERNAL if it cannot be
   *     read: it was written by another release
   */
  static Message parse(ServiceModel model, String type, ByteString payload) {
    @Nullable Message prototype = model.inboundOf(type);
    if (prototype == null) {
      throw Failure.of(
          Code.UNIMPLEMENTED, "service '%s' has no handler for %s".formatted(model.name(), type));
    }
    try {
      return prototype.getParserForType().parseFrom(payload);
    } catch (InvalidProtocolBufferException e) {
      throw Failure.of(Code.INTERNAL, "the message cannot be read as a " + type);
    }
  }
}
