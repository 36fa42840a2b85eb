package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.runtime.Outbox.Target;
import io.thalweg.runtime.system.MessageSent;
import io.thalweg.runtime.system.MovedRow;
import io.thalweg.runtime.system.MovedRows;
import io.thalweg.runtime.system.OutboxMessage;
import io.thalweg.runtime.system.SlotsMoved;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.StoredRow;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Makes the records of a partition from what is carried to it. The same rows give the same records,
 * byte for byte: so a move that was killed finds out what it has written already.
 */
final class MoveRecords implements Movable.Sink {
  /** Rows of one record have about so many bytes. */
  private static final int ROWS_BYTES = 128 << 10;

  /** A larger value comes in pieces of so many. */
  private static final int PIECE_BYTES = 512 << 10;

  private final PartitionScope scope;
  private final ByteString moveId;
  private final ToIntFunction<String> partitionsOf;
  private final Out out;
  private final Map<Target, Long> lanes = new HashMap<>();
  private MovedRows.Builder rows = MovedRows.newBuilder();
  private int rowsBytes;

  /** Takes records, in order. */
  interface Out {
    /**
     * @param joined whether it must be in one batch with the next one
     */
    void record(int project, int slot, Message record, boolean joined);
  }

  /**
   * @param scope of the partition
   * @param partitionsOf how many partitions a service has there
   */
  MoveRecords(
      PartitionScope scope, ByteString moveId, ToIntFunction<String> partitionsOf, Out out) {
    this.scope = scope;
    this.moveId = moveId;
    this.partitionsOf = partitionsOf;
    this.out = out;
  }

  @Override
  public void row(StoredRow row) {
    ByteString value = ByteString.copyFrom(row.value());
    MovedRow.Builder moved =
        MovedRow.newBuilder()
            .setSlot(row.slot())
            .setTable(row.table())
            .setProject(row.project())
            .setKey(ByteString.copyFrom(row.key()));
    if (value.size() > PIECE_BYTES) {
      finish();
      for (; value.size() > PIECE_BYTES; value = value.substring(PIECE_BYTES)) {
        rows.addRows(moved.setValue(value.substring(0, PIECE_BYTES)).setMore(true));
        finish(true);
      }
      moved.setMore(false);
    }
    rows.addRows(moved.setValue(value));
    rowsBytes += row.key().length + value.size();
    if (rowsBytes >= ROWS_BYTES) {
      finish();
    }
  }

  @Override
  public void record(int project, int slot, Message record) {
    finish();
    out.record(project, slot, record, false);
  }

  @Override
  public void message(int slot, String to, OutboxMessage message) {
    Target target =
        new Target(to, Slots.partitionOf(message.getSlot(), partitionsOf.applyAsInt(to)));
    record(
        message.getProject(),
        slot,
        MessageSent.newBuilder()
            .setTargetService(to)
            .setTargetPartition(target.partition())
            .setSequence(lanes.merge(target, 1L, Long::sum))
            .setTargetSlot(message.getSlot())
            .setRequestType(message.getRequestType())
            .setPayload(message.getPayload())
            .setTrace(message.getTrace())
            .build());
  }

  /** Makes a record of the rows that are left. */
  void finish() {
    if (rows.getRowsCount() > 0) {
      finish(false);
    }
  }

  private void finish(boolean joined) {
    out.record(
        0,
        scope.firstSlot(),
        SlotsMoved.newBuilder().setMoveId(moveId).setRows(rows).build(),
        joined);
    rows = MovedRows.newBuilder();
    rowsBytes = 0;
  }
}
