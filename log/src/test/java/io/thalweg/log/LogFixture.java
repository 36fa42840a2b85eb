package io.thalweg.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.host.Host;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A log on files that may fail, with leaders of a few partitions. Every event's payload follows
 * from its partition, its offset and a salt, so that what is read can be checked without
 * remembering it.
 */
final class LogFixture implements AutoCloseable {
  static final Path DIRECTORY = Path.of("/log");
  static final PartitionId A = new PartitionId("board", 0);
  static final PartitionId B = new PartitionId("board", 1);
  static final PartitionId C = new PartitionId("jobs", 0);

  /** Small segments; no empty groups unless a test waits for a minute. */
  static SegmentLogOptions options(LogFiles files) {
    return new SegmentLogOptions(64 << 10, 128 << 10, 60_000, files, Host.machine());
  }

  final SegmentLog log;
  private final Map<PartitionId, Acks> acks = new HashMap<>();
  private final Map<PartitionId, PartitionLog> leaders = new HashMap<>();
  private long logTimeUs = 1_000;

  LogFixture(LogFiles files) {
    this(options(files));
  }

  LogFixture(SegmentLogOptions options) {
    log = SegmentLog.open(DIRECTORY, options);
    for (PartitionId id : log.partitions()) {
      logTimeUs = Math.max(logTimeUs, log.lastLogTimeUs(id));
    }
  }

  /** What a leader's listener heard. */
  static final class Acks implements AppendListener {
    private long durable;
    private final List<LogException> failures = new ArrayList<>();

    @Override
    public synchronized void durable(long endOffset) {
      if (endOffset < durable || !failures.isEmpty()) {
        failures.add(new LogException("durable " + endOffset + " after " + durable));
      }
      durable = endOffset;
      notifyAll();
    }

    @Override
    public synchronized void failed(LogException cause) {
      failures.add(cause);
      notifyAll();
    }

    synchronized long durable() {
      return durable;
    }

    synchronized List<LogException> failures() {
      return List.copyOf(failures);
    }

    /** Waits until an offset is durable or the log has failed. */
    synchronized boolean await(long offset) {
      while (durable < offset && failures.isEmpty()) {
        try {
          wait();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
      return durable >= offset;
    }
  }

  PartitionLog lead(PartitionId id) {
    Acks listener = new Acks();
    PartitionLog leader = log.lead(id, 1, logTimeUs++, listener);
    acks.put(id, listener);
    leaders.put(id, leader);
    return leader;
  }

  Acks acks(PartitionId id) {
    Acks found = acks.get(id);
    return found == null ? new Acks() : found;
  }

  PartitionLog leader(PartitionId id) {
    PartitionLog leader = leaders.get(id);
    return leader == null ? lead(id) : leader;
  }

  /** Appends a batch and does not wait. */
  LogCursor append(PartitionId id, int events, int payloadBytes) {
    return append(id, events, payloadBytes, 0);
  }

  LogCursor append(PartitionId id, int events, int payloadBytes, int salt) {
    PartitionLog leader = leader(id);
    BatchBuilder batch = leader.begin(logTimeUs++);
    for (int i = 0; i < events; i++) {
      byte[] payload = payload(id, batch.nextOffset(), payloadBytes, salt);
      batch.beginEvent(7, 3, 42, EventMeta.NONE, payload.length).put(payload);
      batch.endCommand();
    }
    return leader.append(batch);
  }

  /** Appends a batch and waits until it is durable. */
  void appendDurably(PartitionId id, int events, int payloadBytes) {
    append(id, events, payloadBytes);
    assertThat(acks(id).await(leader(id).endOffset())).isTrue();
  }

  static byte[] payload(PartitionId id, long offset, int bytes, int salt) {
    byte[] payload = new byte[bytes];
    new Random(offset * 31 + id.hashCode() + salt).nextBytes(payload);
    return payload;
  }

  /** Reads all of a partition and checks order, density and every payload; returns the count. */
  static long check(Log log, PartitionId id) {
    return check(log, id, 0);
  }

  static long check(Log log, PartitionId id, int salt) {
    try (LogReader reader = log.read(id, 0)) {
      long expected = 0;
      Batch batch;
      while ((batch = reader.next()) != null) {
        for (EventView event : batch) {
          assertThat(event.offset()).isEqualTo(expected);
          byte[] payload = bytes(event.payload());
          assertThat(payload).isEqualTo(payload(id, expected, payload.length, salt));
          expected++;
        }
      }
      assertThat(expected).isEqualTo(log.durableOffset(id));
      return expected;
    }
  }

  static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  /** The last segment file. */
  static Path lastSegment(FaultyFiles files) {
    Path last = null;
    for (Path file : files.files()) {
      if (file.toString().endsWith(".segment")) {
        last = file;
      }
    }
    if (last == null) {
      throw new AssertionError("no segment");
    }
    return last;
  }

  /** Where the groups of a segment file begin; the last element is where they end. */
  static List<Integer> groups(byte[] segment) {
    List<Integer> starts = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(segment);
    int at = SegmentFormat.HEADER_BYTES;
    while (at + 48 <= segment.length && in.getInt(at) == GroupFormat.MAGIC) {
      starts.add(at);
      at += in.getInt(at + GroupFormat.LENGTH_AT);
    }
    starts.add(at);
    return starts;
  }

  /** The identity of the log that a segment file is of. */
  static UUID logId(byte[] segment) {
    ByteBuffer in = ByteBuffer.wrap(segment);
    return new UUID(in.getLong(SegmentFormat.LOG_ID_AT), in.getLong(SegmentFormat.LOG_ID_AT + 8));
  }

  static @Nullable Batch last(LogReader reader) {
    Batch last = null;
    Batch batch;
    while ((batch = reader.next()) != null) {
      last = batch;
    }
    return last;
  }

  /** Ends it as a crash would: the power goes, and what was not forced is treated as told. */
  void crash(FaultyFiles files, FaultyFiles.Tear tear) {
    files.powerOff();
    log.close();
    files.restart(tear);
  }

  @Override
  public void close() {
    log.close();
  }
}
