package io.thalweg.runtime;

import io.thalweg.runtime.Outbox.Target;
import io.thalweg.runtime.system.MessageReceived;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RowListener;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What this partition has received: of each partition that sends to it the last sequence. That is
 * what makes a message that is offered again a duplicate.
 *
 * <p>Rows: table {@value #TABLE}, in project 0 and the partition's first slot (see the caveat of
 * {@link Outbox}); in memory the same. Used by the partition's thread.
 */
final class Inbox {
  static final int TABLE = PartitionState.FIRST_SYSTEM_TABLE + 6;

  private final PartitionState state;
  private final Table<Target, Long> marks;
  private final Marks present = new Marks();

  Inbox(PartitionState state) {
    this.state = state;
    marks = state.table(TABLE, "inbox_marks", Outbox.TARGETS, ValueCodecs.int64(), present);
  }

  /** The last sequence that was received of a partition; 0 if none was. */
  long markOf(Target source) {
    return present.marks.getOrDefault(source, 0L);
  }

  /** Applies the event; the state is in the event's place again after. */
  void apply(MessageReceived event, EventContext context, int slot) {
    Target source = new Target(event.getSourceService(), event.getSourcePartition());
    if (event.getSequence() != markOf(source) + 1) {
      throw new IllegalStateException(
          "message %d of %s follows %d".formatted(event.getSequence(), source, markOf(source)));
    }
    state.enter(0, state.scope().firstSlot());
    marks.put(source, event.getSequence());
    state.enter(context.project(), slot);
  }

  private static final class Marks implements RowListener<Target, Long> {
    private final Map<Target, Long> marks = new HashMap<>();

    @Override
    public void changed(int project, Target key, @Nullable Long before, @Nullable Long after) {
      if (after == null) {
        marks.remove(key);
      } else {
        marks.put(key, after);
      }
    }
  }
}
