package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.runtime.system.MovedRow;
import io.thalweg.runtime.system.SlotsMoved;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RowListener;
import io.thalweg.state.StoredRow;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import org.jspecify.annotations.Nullable;

/**
 * Rows that were brought here from another log ({@link DataMove}), and whether all of them are
 * here. They come as records of this log, so that it needs nothing else to be replayed.
 *
 * <p>Rows: table {@value #TABLE}, one row in project 0 and the partition's first slot: the first or
 * the last record of the move. Used by the partition's thread.
 */
final class MovedSlots {
  static final int TABLE = PartitionState.FIRST_SYSTEM_TABLE + 14;
  private static final String MARK = "move";

  private final PartitionState state;
  private final Table<String, SlotsMoved> marks;
  private final Begun begun = new Begun();

  /** The first pieces of a row's value. All pieces are in one batch. */
  private ByteString pieces = ByteString.EMPTY;

  MovedSlots(PartitionState state) {
    this.state = state;
    marks =
        state.table(
            TABLE,
            "moved_slots",
            KeyCodecs.string(),
            ValueCodecs.of(SlotsMoved::toByteArray, MovedSlots::parse),
            begun);
  }

  /**
   * Refuses a partition that some of its rows are missing of.
   *
   * @throws MissingHistoryException if a move has begun and has not ended
   */
  void requireWhole() {
    if (begun.unfinished) {
      throw new MissingHistoryException(
          "a move of data to this partition has begun and has not ended; stop the nodes, run the"
              + " same 'thalweg move' again, and start them when it has ended");
    }
  }

  /** Applies the event; the state is in the event's place again after. */
  void apply(SlotsMoved event, EventContext context, int slot) {
    switch (event.getStepCase()) {
      case BEGUN, ENDED -> {
        state.enter(0, state.scope().firstSlot());
        marks.put(MARK, event);
      }
      case ROWS -> event.getRows().getRowsList().forEach(this::put);
      case STEP_NOT_SET ->
          throw new IllegalStateException("a step of a move that this build does not know");
    }
    state.enter(context.project(), slot);
  }

  private void put(MovedRow row) {
    ByteString value = pieces.concat(row.getValue());
    pieces = row.getMore() ? value : ByteString.EMPTY;
    if (!row.getMore()) {
      state.putRow(
          new StoredRow(
              row.getSlot(),
              row.getTable(),
              row.getProject(),
              row.getKey().toByteArray(),
              value.toByteArray()));
    }
  }

  private static SlotsMoved parse(byte[] bytes) {
    try {
      return SlotsMoved.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored step of a move cannot be read", e);
    }
  }

  private static final class Begun implements RowListener<String, SlotsMoved> {
    private boolean unfinished;

    @Override
    public void changed(
        int project, String key, @Nullable SlotsMoved before, @Nullable SlotsMoved after) {
      unfinished = after != null && after.hasBegun();
    }
  }
}
