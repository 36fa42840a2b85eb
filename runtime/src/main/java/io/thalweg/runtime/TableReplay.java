package io.thalweg.runtime;

import io.thalweg.log.Batch;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogReader;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/** Makes a partition's tables from the log, with the running build, beside a node. */
final class TableReplay {
  private final PartitionState state;
  private final Replay replay;
  private final SystemTables tables;

  /**
   * @param state nothing is declared in it yet
   */
  TableReplay(ServiceModel model, PartitionState state) {
    this.state = state;
    tables = new SystemTables(state, model.name(), Long.MAX_VALUE);
    ServiceInstance instance = new ServiceInstance(model.type(), state);
    replay = new Replay(model, instance, state, tables);
  }

  SystemTables tables() {
    return tables;
  }

  /** The slots of a partition. */
  static PartitionScope scope(ServiceModel model, int index, int partitions) {
    return new PartitionScope(
        PartitionScope.serviceId(model.name()),
        Slots.firstSlotOf(index, partitions),
        Slots.firstSlotOf(index + 1, partitions));
  }

  /**
   * Applies what follows a starting point, which it closes, up to an offset.
   *
   * @param endOffset the end of a batch
   * @param goesOn told the offset after each batch; false ends it there
   * @return the offset that was reached
   * @throws IllegalStateException if the log ends before, or holds no such boundary
   */
  long run(StartingPoint start, long endOffset, LongPredicate goesOn) {
    return run(start, () -> endOffset, goesOn);
  }

  /**
   * As {@link #run(StartingPoint, long, LongPredicate)}.
   *
   * @param end asked before each batch; may become known on the way, if it was beyond what is
   *     durable until then
   */
  long run(StartingPoint start, LongSupplier end, LongPredicate goesOn) {
    try (LogReader reader = start.reader()) {
      if (start.hasRows()) {
        state.load(rows -> {});
      }
      long at = reader.cursor().nextOffset();
      long endOffset;
      while (at < (endOffset = end.getAsLong())) {
        Batch batch = reader.next();
        if (batch == null) {
          throw new IllegalStateException("the log ends at " + at + ", before " + endOffset);
        }
        replay.apply(batch);
        LogCursor cursor = reader.cursor();
        at = cursor.nextOffset();
        state.batchClosed(at, cursor.encode());
        state.durable(at);
        if (state.overBudget()) {
          state.flush();
        }
        if (!goesOn.test(at)) {
          return at;
        }
      }
      if (at > endOffset) {
        throw new IllegalStateException("no batch of the log ends at offset " + endOffset);
      }
      return at;
    }
  }
}
