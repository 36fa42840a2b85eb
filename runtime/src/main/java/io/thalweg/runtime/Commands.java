package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;

/**
 * Executes commands of clients: one that bears a name once, however often it comes. Used by the
 * partition's thread.
 */
final class Commands {
  private final ServiceInstance instance;
  private final SystemTables tables;
  private final Deciding deciding;
  private final PartitionMetrics metrics;

  Commands(
      ServiceInstance instance, SystemTables tables, Deciding deciding, PartitionMetrics metrics) {
    this.instance = instance;
    this.tables = tables;
    this.deciding = deciding;
    this.metrics = metrics;
  }

  /**
   * The answer to a command, for which {@link Deciding} has begun.
   *
   * @throws Failure that of its handler, now or when the name was first used
   */
  Message execute(Call call) {
    Message request = call.message();
    String requestName = call.request().name();
    if (requestName == null) {
      Message reply =
          deciding.decide(() -> instance.commandOf(request.getClass()).handle(request, deciding));
      metrics.commands.increment();
      return reply;
    }
    MethodType method = call.clientMethod().type();
    StoredReplies.Name name =
        new StoredReplies.Name(call.request().caller().principal(), method.fullName(), requestName);
    ByteString hash = StoredReplies.hashOf(request);
    Message stored =
        tables
            .replies()
            .find(
                call.request().caller().project(),
                name,
                hash,
                method.reply(),
                deciding.logTimeUs());
    if (stored != null) {
      return stored;
    }
    try {
      Message reply =
          deciding.decide(() -> {
            Message made = instance.commandOf(request.getClass()).handle(request, deciding);
            deciding.store(name, hash, made);
            return made;
          });
      metrics.commands.increment();
      return reply;
    } catch (Failure refusal) {
      if (!refusal.isRetryable()) {
        keep(call, name, hash, refusal);
      }
      throw refusal;
    }
  }

  // A refusal for good is the answer too: a copy of the request that is late must not be executed
  // after its client was told that it was refused.
  private void keep(Call call, StoredReplies.Name name, ByteString hash, Failure refusal) {
    deciding.begin(call.request(), call.slot());
    deciding.decide(() -> {
      deciding.store(name, hash, refusal);
      return refusal;
    });
  }
}
