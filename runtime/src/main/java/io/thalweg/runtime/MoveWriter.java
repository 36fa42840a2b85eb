package io.thalweg.runtime;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.AppendListener;
import io.thalweg.log.BatchBuilder;
import io.thalweg.log.EventMeta;
import io.thalweg.log.Log;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Appends records to a partition of the target, a few batches at a time, and waits until they are
 * durable. Used by one thread, but for the listener.
 */
final class MoveWriter implements AppendListener, AutoCloseable {
  /** A batch is closed when it has so many. */
  static final int BATCH_BYTES = 1 << 20;

  private static final int ON_THEIR_WAY = 4;
  private static final long WAIT_NS = TimeUnit.MINUTES.toNanos(2);

  private final Waiters waiters;
  private final PartitionLog log;
  private final long logTimeUs;
  private final int batchBytes;
  private @Nullable BatchBuilder batch;
  private volatile long confirmed;
  private volatile @Nullable LogException failure;
  private long appended;

  /** Takes a partition over. */
  interface Takeover {
    PartitionLog lead(AppendListener listener);
  }

  /**
   * @param logTimeUs of all records; not before the time of those that are there
   * @param batchBytes a batch is closed when it has so many
   * @param of the log that it is of
   * @throws LogException if it cannot be taken over
   */
  MoveWriter(Host host, long logTimeUs, int batchBytes, Log of, Takeover takeover) {
    waiters = new Waiters(host);
    this.batchBytes = batchBytes;
    log = takeover.lead(this);
    this.logTimeUs = Math.max(logTimeUs, of.lastLogTimeUs(log.id()));
  }

  /** Offset of the next record. */
  long nextOffset() {
    return batch == null ? log.endOffset() : batch.nextOffset();
  }

  /**
   * Appends a record.
   *
   * @param joined whether it must be in one batch with the next one
   * @throws LogException if one before it could not be appended
   */
  void write(int project, int slot, Message record, boolean joined) {
    BatchBuilder open = batch == null ? log.begin(logTimeUs) : batch;
    batch = open;
    int bytes = record.getSerializedSize();
    try {
      record.writeTo(
          CodedOutputStream.newInstance(
              open.beginEvent(Replay.systemType(record), project, slot, EventMeta.NONE, bytes)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!joined) {
      open.endCommand();
      if (open.sizeBytes() >= batchBytes) {
        append(open);
      }
    }
  }

  private void append(BatchBuilder full) {
    batch = null;
    log.append(full);
    appended++;
    await(appended - ON_THEIR_WAY);
  }

  private void await(long batches) {
    if (!waiters.await(() -> confirmed >= batches || failure != null, WAIT_NS)) {
      throw new LogException("%s: an append was not acknowledged in time".formatted(log.id()));
    }
    LogException failed = failure;
    if (failed != null && confirmed < batches) {
      throw failed;
    }
  }

  /** Waits until all of it is durable; the offset after it. */
  long finish() {
    BatchBuilder open = batch;
    if (open != null) {
      append(open);
    }
    await(appended);
    return log.endOffset();
  }

  @Override
  public void durable(long endOffset) {}

  @Override
  public void confirmed(long batches) {
    confirmed = batches;
    waiters.wake();
  }

  @Override
  public void failed(LogException cause) {
    failure = cause;
    waiters.wake();
  }

  @Override
  public void close() {
    log.resign();
  }
}
