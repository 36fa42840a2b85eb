package io.thalweg.log.backup;

import io.thalweg.log.LogBeginning;
import io.thalweg.log.SegmentLog;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** A log that is open in this process. */
public final class LocalBackupSource implements BackupSource {
  private final SegmentLog log;
  private final LongSupplier nowUs;
  private final Map<String, Integer> services;

  /**
   * @param nowUs log time, microseconds since 1970
   * @param services number of partitions of each service
   */
  public LocalBackupSource(SegmentLog log, LongSupplier nowUs, Map<String, Integer> services) {
    this.log = log;
    this.nowUs = nowUs;
    this.services = Map.copyOf(services);
  }

  @Override
  public BackupCut cut() {
    // The time first: what was confirmed by then is below the cut.
    long timeUs = nowUs.getAsLong();
    return new BackupCut(log.cut(), timeUs, services);
  }

  /** Where the log begins, and no files: what was made from the removed part is elsewhere. */
  @Override
  public BackupBase base() {
    LogBeginning beginning = log.beginning();
    if (beginning == null) {
      throw new BackupException("the log begins at position 0");
    }
    return new BackupBase(beginning, beginning.lastLogTimeUs(), List.of());
  }

  @Override
  public int read(BackupCut cut, long position, ByteBuffer into) {
    if (!cut.log().logId().equals(log.logId())) {
      throw new BackupException("the node has another log now: " + log.logId());
    }
    return log.readDurable(position, into);
  }
}
