package io.thalweg.runtime;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.thalweg.runtime.Outbox.Target;
import io.thalweg.runtime.system.DeadLettered;
import io.thalweg.runtime.system.EffectIntended;
import io.thalweg.runtime.system.OutboxMessage;
import io.thalweg.runtime.system.ReplyStored;
import io.thalweg.state.KeyReader;
import io.thalweg.state.PartitionState;
import io.thalweg.state.StateView;
import io.thalweg.state.StoredRow;
import java.util.Iterator;

/**
 * What of a partition's rows is carried to another log, and how.
 *
 * <table>
 * <caption>Rows</caption>
 * <tr><td>of the service, and names of forgotten keys<td>as they are
 * <tr><td>stored replies, timers, pending effects, dead letters<td>by the records that made them:
 *     the offsets in their keys are of this log, and two of its partitions may have the same
 * <tr><td>messages that were not received<td>as messages of new lanes; those that were received and
 *     are not acknowledged are not sent again
 * <tr><td>ends of lanes, marks of the inbox, declared contracts<td>not at all: of each pair of
 *     partitions the numbers begin anew, and contracts are declared when a partition is opened
 * </table>
 *
 * Timers come in the order of their deadlines within their place, and messages in that of their
 * lane, so what is set again in this order fires and arrives in it.
 */
final class Movable {
  private Movable() {}

  /** Takes what is carried, by slot. */
  interface Sink {
    /** A row, as it is. */
    void row(StoredRow row);

    /** A record that makes a row, in a project and slot. */
    void record(int project, int slot, Message record);

    /**
     * A message that was not received.
     *
     * @param slot the first of the partition that sends it
     * @param to the service that it is for
     */
    void message(int slot, String to, OutboxMessage message);
  }

  /** How far the messages of a partition were received. */
  interface Received {
    /** The last number of its lane to a partition that was received there; 0 if none was. */
    long upTo(Target target);
  }

  /**
   * Reads all that is carried.
   *
   * @param view of {@code state}
   * @throws DataDirectoryException if there are rows that this build does not know
   */
  static void read(
      PartitionState state,
      SystemTables tables,
      StateView view,
      Received received,
      int fromSlot,
      int endSlot,
      Sink sink) {
    for (Iterator<StoredRow> rows = view.rows(); rows.hasNext(); ) {
      StoredRow row = rows.next();
      if (row.slot() >= endSlot) {
        return;
      }
      if (row.slot() >= fromSlot) {
        try {
          read(state, tables, row, received, sink);
        } catch (InvalidProtocolBufferException e) {
          throw new IllegalStateException("a row of table " + row.table() + " cannot be read", e);
        }
      }
    }
  }

  private static void read(
      PartitionState state, SystemTables tables, StoredRow row, Received received, Sink sink)
      throws InvalidProtocolBufferException {
    if (row.table() < PartitionState.FIRST_SYSTEM_TABLE) {
      sink.row(row);
      return;
    }
    switch (row.table()) {
      case ForgottenKeys.TABLE -> sink.row(row);
      case StoredReplies.REPLIES_TABLE ->
          sink.record(row.project(), row.slot(), ReplyStored.parseFrom(row.value()));
      case DeadLetterTable.TABLE ->
          sink.record(row.project(), row.slot(), DeadLettered.parseFrom(row.value()));
      case EffectTable.TABLE ->
          sink.record(row.project(), row.slot(), EffectIntended.parseFrom(row.value()));
      case Timers.DUE_TABLE -> {
        state.enter(row.project(), row.slot());
        sink.record(row.project(), row.slot(), tables.timers().set(row.value()));
      }
      case Outbox.MESSAGES_TABLE -> {
        KeyReader key = new KeyReader(row.key());
        Target target = Outbox.TARGETS.decode(key);
        if (key.int64() > received.upTo(target)) {
          sink.message(row.slot(), target.service(), OutboxMessage.parseFrom(row.value()));
        }
      }
      // What is made again by the records above, and what is of this log alone.
      case StoredReplies.EXPIRY_TABLE,
          Timers.TIMERS_TABLE,
          Outbox.LANES_TABLE,
          Inbox.TABLE,
          DeclaredContracts.TABLE,
          MovedSlots.TABLE -> {}
      default ->
          throw new DataDirectoryException(
              "there are rows of the runtime's table %d, which this build does not know; use the build that wrote them"
                  .formatted(row.table()));
    }
  }
}
