package io.thalweg.log;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which of a log's first segments may be removed. A segment goes only if all of this allows it.
 *
 * @param holders what must be past a segment before it goes; asked again at the moment of removal,
 *     quickly and without waiting
 * @param keepBytes the newest so many bytes of files are kept; 0 if size says nothing
 * @param keepFromLogTimeUs batches of this log time or later are kept; {@link Long#MAX_VALUE} if
 *     age says nothing
 */
public record TrimRequest(Supplier<List<Holder>> holders, long keepBytes, long keepFromLogTimeUs) {

  /**
   * Something that needs the log from where it stands: a checkpoint, or a reader that comes back.
   *
   * @param name for messages
   * @param positions the cursor behind the last batch that is not needed any more; a partition that
   *     is not in it needs everything
   * @param fromPosition instead of the cursors: all bytes of the log from this position on are
   *     needed; -1 if the cursors say what is
   */
  public record Holder(String name, Map<PartitionId, LogCursor> positions, long fromPosition) {
    public Holder {
      positions = Map.copyOf(positions);
    }

    /** One that needs what is behind its cursors. */
    public Holder(String name, Map<PartitionId, LogCursor> positions) {
      this(name, positions, -1);
    }

    /** One that needs all bytes from a position on. */
    public Holder(String name, long fromPosition) {
      this(name, Map.of(), fromPosition);
    }

    /** Why bytes below a position must stay; null if they need not, or cursors say. */
    @Nullable String holdsBelow(long position) {
      return fromPosition >= 0 && fromPosition < position
          ? "%s needs the log from position %d on".formatted(name, fromPosition)
          : null;
    }
  }
}
