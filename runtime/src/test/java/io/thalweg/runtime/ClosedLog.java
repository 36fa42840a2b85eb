package io.thalweg.runtime;

import com.google.protobuf.Message;
import io.thalweg.log.AppendListener;
import io.thalweg.log.BatchBuilder;
import io.thalweg.log.EventMeta;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionId;
import io.thalweg.log.PartitionLog;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** What tests append to the log of a node that is closed. */
final class ClosedLog {
  private ClosedLog() {}

  /** Appends a record of the runtime. */
  static void append(Path data, PartitionId id, int slot, Message record)
      throws InterruptedException {
    append(data, id, slot, List.of(record));
  }

  /** As {@link #append(Path, PartitionId, int, Message)}, several in one batch. */
  static void append(Path data, PartitionId id, int slot, List<? extends Message> records)
      throws InterruptedException {
    append(
        data,
        id,
        SegmentLogOptions.DEFAULTS,
        batch -> records.forEach(record -> put(batch, Replay.systemType(record), slot, record)));
  }

  /** Appends an event of the partition's service, by its number in the contract. */
  static void append(Path data, PartitionId id, int slot, int number, Message event)
      throws InterruptedException {
    append(data, id, SegmentLogOptions.DEFAULTS, batch -> put(batch, number, slot, event));
  }

  /** Appends a batch, and returns when it is durable. */
  static void append(
      Path data, PartitionId id, SegmentLogOptions options, Consumer<BatchBuilder> events)
      throws InterruptedException {
    CountDownLatch durable = new CountDownLatch(1);
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), options)) {
      PartitionLog partition =
          log.lead(
              id,
              1,
              log.lastLogTimeUs(id),
              new AppendListener() {
                @Override
                public void durable(long endOffset) {
                  durable.countDown();
                }

                @Override
                public void failed(LogException cause) {}
              });
      BatchBuilder batch = partition.begin(log.lastLogTimeUs(id));
      events.accept(batch);
      batch.endCommand();
      partition.append(batch);
      durable.await();
    }
  }

  private static void put(BatchBuilder batch, int type, int slot, Message record) {
    byte[] payload = record.toByteArray();
    batch.beginEvent(type, 0, slot, EventMeta.NONE, payload.length).put(payload);
  }
}
