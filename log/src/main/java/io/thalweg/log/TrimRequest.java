package io.thalweg.log;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

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
   */
  public record Holder(String name, Map<PartitionId, LogCursor> positions) {
    public Holder {
      positions = Map.copyOf(positions);
    }
  }
}
