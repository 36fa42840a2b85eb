package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.log.PartitionLog;
import io.thalweg.runtime.system.EffectIntended;

/**
 * Checks the effects that a command asks for, and names them.
 *
 * <p>Used by the partition's thread.
 */
final class EffectIntents {
  /** The most effects of one command. */
  static final int MAX_EFFECTS = 64;

  /** The most bytes of what comes back with a result. */
  static final int MAX_CORRELATION_BYTES = 16 << 10;

  /** The longest name of a handler of results. */
  static final int MAX_HANDLER_CHARS = 64;

  private static final int LINEAGE_CHARS = 8;
  private static final long FULL_RETRY_MS = 1000;

  private final NodeContext node;
  private final ServiceModel model;
  private final EffectTable table;
  private final EffectMetrics metrics;
  private final String idPrefix;
  private final String idSuffix;
  private int count;

  EffectIntents(
      NodeContext node,
      ServiceModel model,
      EffectTable table,
      PartitionLog log,
      EffectMetrics metrics) {
    this.node = node;
    this.model = model;
    this.table = table;
    this.metrics = metrics;
    idPrefix = "%s-%d-%d-".formatted(log.id().service(), log.id().index(), log.lineage().ordinal());
    // Another data directory of the same service must not look like this one to a receiver.
    idSuffix = "-" + log.lineage().id().toString().substring(0, LINEAGE_CHARS);
  }

  /** A command begins. */
  void begin() {
    count = 0;
  }

  /** It was decided. */
  void decided() {
    metrics.intended.add(count);
  }

  /** The intent of an effect; see {@link CommandContext#effect} for what it throws. */
  EffectIntended intend(
      String handler,
      HttpEffect request,
      Message correlation,
      long offset,
      long logTimeUs,
      int slot) {
    Message prototype = model.correlationOf(handler);
    if (prototype == null) {
      throw new IllegalArgumentException(
          "service '%s' has no handler of results named '%s'".formatted(model.name(), handler));
    }
    String type = correlation.getDescriptorForType().getFullName();
    if (!prototype.getDescriptorForType().equals(correlation.getDescriptorForType())) {
      throw new IllegalArgumentException(
          "the handler of results '%s' takes a %s; the correlation is a %s"
              .formatted(handler, prototype.getDescriptorForType().getFullName(), type));
    }
    if (node.effects() == null) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "this node makes no calls: it was opened without Thalweg.effects(performer)");
    }
    if (correlation.getSerializedSize() > MAX_CORRELATION_BYTES) {
      throw Failure.invalid(
          "effect correlation",
          "must have at most %d bytes; got %d"
              .formatted(MAX_CORRELATION_BYTES, correlation.getSerializedSize()));
    }
    if (++count > MAX_EFFECTS) {
      throw Failure.of(
          Code.INVALID_ARGUMENT,
          "the request asks for more than %d effects".formatted(MAX_EFFECTS));
    }
    if (table.size() >= EffectTable.MAX_EFFECTS) {
      metrics.full.increment();
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "%d effects of this partition are pending, the most that may; try again later"
              .formatted(table.size()),
          FULL_RETRY_MS);
    }
    return EffectRecords.intended(request)
        .setId(idPrefix + offset + idSuffix)
        .setHandler(handler)
        .setCorrelationType(type)
        .setCorrelation(correlation.toByteString())
        .setFirstAtUs(logTimeUs)
        .setSlot(slot)
        .build();
  }
}
