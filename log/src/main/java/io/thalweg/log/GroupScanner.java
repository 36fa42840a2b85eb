package io.thalweg.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Walks over the groups of one segment and checks each of them in full. */
final class GroupScanner {
  private static final int WINDOW_BYTES = 1 << 20;

  /** Sees every batch of every good group. */
  interface Visitor {
    void batch(Batch batch, long position);
  }

  /**
   * What a walk found.
   *
   * @param end position after the last good group
   * @param contentEnd position after the last good group that has batches
   * @param durablePosition the greatest durable position that a good group names, or the base
   * @param bad why the walk ended before the limit; null if it did not
   */
  record Result(
      long end,
      long contentEnd,
      long durablePosition,
      long groups,
      long batches,
      @Nullable LogCorruptException bad) {}

  private final LogFiles.LogFile file;
  private final UUID logId;
  private final long base;
  private final long limit;
  private final FileWindow window = new FileWindow(WINDOW_BYTES);
  private final List<Batch> parsed = new ArrayList<>();

  /**
   * @param limit position at which the segment, or its file, ends
   */
  GroupScanner(LogFiles.LogFile file, UUID logId, long base, long limit) {
    this.file = file;
    this.logId = logId;
    this.base = base;
    this.limit = limit;
  }

  /**
   * Walks from the base to the limit or to the first group that is not good.
   *
   * @param chain the partitions as they stand at the base; moved on by every good group; null to
   *     leave the chain unchecked
   */
  Result scan(@Nullable Chain chain, Visitor visitor) throws IOException {
    long position = base;
    long contentEnd = base;
    long durable = base;
    long groups = 0;
    long batches = 0;
    LogCorruptException bad = null;
    while (position < limit) {
      try {
        GroupFormat.Header header = headerAt(position);
        if (header == null) {
          throw new LogCorruptException("the file ends here");
        }
        checkGroup(header, chain);
        if (chain != null) {
          chain.accept();
        }
        long at = position + GroupFormat.HEADER_BYTES;
        for (Batch batch : parsed) {
          visitor.batch(batch, at);
          at += batch.lengthBytes();
        }
        groups++;
        batches += header.count();
        durable = Math.max(durable, header.durablePosition());
        position += header.lengthBytes();
        if (header.count() > 0) {
          contentEnd = position;
        }
      } catch (LogCorruptException e) {
        if (chain != null) {
          chain.reject();
        }
        bad = e;
        break;
      }
    }
    return new Result(position, contentEnd, durable, groups, batches, bad);
  }

  /**
   * Looks behind a bad group for a later one which says that the bad one was durable.
   *
   * @return the position of that one; -1 if there is none
   */
  long proofBehind(long position) throws IOException {
    for (long at = position + GroupFormat.ALIGNMENT_BYTES;
        at + GroupFormat.HEADER_BYTES <= limit;
        at += GroupFormat.ALIGNMENT_BYTES) {
      int shown = show(at, GroupFormat.HEADER_BYTES);
      if (shown < 0) {
        return -1;
      }
      if (window.bytes().getInt(shown) == GroupFormat.MAGIC) {
        try {
          if (GroupFormat.header(window.bytes(), shown, at, logId).durablePosition() > position) {
            return at;
          }
        } catch (LogCorruptException e) {
          // Not a header: payload bytes, or one that is torn.
        }
      }
    }
    return -1;
  }

  /** How many bytes it is from a position to the last byte of the file that is not zero. */
  long bytesNotZeroFrom(long position) throws IOException {
    long last = position;
    for (long at = position; at + 8 <= limit; at += 8) {
      int shown = show(at, 8);
      if (shown < 0) {
        break;
      }
      long word = window.bytes().getLong(shown);
      if (word != 0) {
        last = at + 8 - Long.numberOfTrailingZeros(word) / 8;
      }
    }
    return last - position;
  }

  /** The header at a position, null if the file ends before it does. */
  private GroupFormat.@Nullable Header headerAt(long position) throws IOException {
    int at = show(position, GroupFormat.HEADER_BYTES);
    return at < 0 ? null : GroupFormat.header(window.bytes(), at, position, logId);
  }

  /** Parses a group into {@link #parsed} and checks it against the chain, if there is one. */
  private void checkGroup(GroupFormat.Header header, @Nullable Chain chain) throws IOException {
    parsed.clear();
    int start = show(header.position(), header.lengthBytes());
    if (start < 0) {
      throw new LogCorruptException(
          "a group of " + header.lengthBytes() + " bytes reaches beyond the segment's end");
    }
    ByteBuffer bytes = window.bytes();
    int at = start + GroupFormat.HEADER_BYTES;
    int end = start + header.lengthBytes();
    for (int i = 0; i < header.count(); i++) {
      try {
        Batch batch = Batch.parse(bytes.slice(at, end - at));
        at += batch.lengthBytes();
        if (chain != null) {
          chain.check(batch, header.position() + (at - start));
        }
        parsed.add(batch);
      } catch (LogCorruptException e) {
        throw new LogCorruptException(
            "batch " + i + " of the group, " + (at - start) + " bytes into it: " + e.getMessage(),
            e);
      }
    }
    if (end - at >= GroupFormat.ALIGNMENT_BYTES) {
      throw new LogCorruptException((end - at) + " bytes follow the group's last batch");
    }
    for (; at < end; at++) {
      if (bytes.get(at) != 0) {
        throw new LogCorruptException("the group's padding is not zero");
      }
    }
  }

  private int show(long position, int length) throws IOException {
    long offset = SegmentFormat.HEADER_BYTES + (position - base);
    return window.show(file::read, offset, length, SegmentFormat.HEADER_BYTES + (limit - base));
  }
}
