package io.thalweg.log.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.host.Host;
import io.thalweg.log.AppendListener;
import io.thalweg.log.Batch;
import io.thalweg.log.BatchBuilder;
import io.thalweg.log.EventMeta;
import io.thalweg.log.EventView;
import io.thalweg.log.FaultyFiles;
import io.thalweg.log.LogException;
import io.thalweg.log.LogFiles;
import io.thalweg.log.LogReader;
import io.thalweg.log.LogRestore;
import io.thalweg.log.LogVerifier;
import io.thalweg.log.PartitionCut;
import io.thalweg.log.PartitionId;
import io.thalweg.log.PartitionLog;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

/**
 * A log with a few partitions that is written to, backed up and restored, all on files in memory.
 */
final class BackupFixture implements AutoCloseable {
  static final PartitionId A = new PartitionId("board", 0);
  static final PartitionId B = new PartitionId("board", 1);
  static final PartitionId C = new PartitionId("jobs", 0);
  static final List<PartitionId> IDS = List.of(A, B, C);
  static final Path LOG = Path.of("/node/log");
  static final Path BACKUP = Path.of("/backup");
  static final long CHUNK_BYTES = 8 << 10;

  /** An event as it was read. */
  record Event(long offset, long logTimeUs, int type, String payload) {}

  final FaultyFiles files;
  final Random random;
  SegmentLog log;
  private final Map<PartitionId, PartitionLog> leaders = new HashMap<>();
  long nowUs = 1_000_000;

  BackupFixture(FaultyFiles files, long seed) {
    this.files = files;
    random = new Random(seed);
    log = SegmentLog.open(LOG, options(files));
  }

  static SegmentLogOptions options(LogFiles files) {
    return new SegmentLogOptions(64 << 10, 64 << 10, 60_000, files, Host.machine());
  }

  /** Opens the log again, after closing it or after a crash. */
  void reopen() {
    log = SegmentLog.open(LOG, options(files));
    leaders.clear();
  }

  void restart() {
    log.close();
    reopen();
  }

  void crash(FaultyFiles.Tear tear) {
    files.powerOff();
    log.close();
    files.restart(tear);
    reopen();
  }

  /** Appends batches to random partitions, and waits until all are durable. */
  void append(int batches) {
    for (int i = 0; i < batches; i++) {
      append(IDS.get(random.nextInt(IDS.size())), 1 + random.nextInt(4), random.nextInt(600));
    }
    awaitDurable();
  }

  void append(PartitionId id, int events, int payloadBytes) {
    nowUs += 1 + random.nextInt(1000);
    PartitionLog leader =
        leaders.computeIfAbsent(id, each -> log.lead(each, 7, nowUs, new Silent()));
    BatchBuilder batch = leader.begin(nowUs);
    for (int i = 0; i < events; i++) {
      byte[] payload = new byte[payloadBytes];
      random.nextBytes(payload);
      batch.beginEvent(i, 0, 3, EventMeta.NONE, payload.length).put(payload);
      batch.endCommand();
    }
    leader.append(batch);
  }

  void awaitDurable() {
    for (PartitionLog leader : leaders.values()) {
      CountDownLatch moved = new CountDownLatch(1);
      try (var _ = log.onDurable(leader.id(), moved::countDown)) {
        while (leader.durableOffset() < leader.endOffset()) {
          moved.await(1, java.util.concurrent.TimeUnit.MILLISECONDS);
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  BackupSource source() {
    return new LocalBackupSource(log, () -> nowUs, Map.of("board", 2, "jobs", 1));
  }

  BackupRun run(LogFiles to) {
    return new BackupRun(to, BACKUP, source(), CHUNK_BYTES, BaseCheck.NONE, null);
  }

  BackupManifest backup(LogFiles to) throws IOException {
    try (BackupRun run = run(to)) {
      return run.run((at, of) -> {});
    }
  }

  Map<PartitionId, List<Event>> events() {
    return events(log);
  }

  static Map<PartitionId, List<Event>> events(SegmentLog log) {
    Map<PartitionId, List<Event>> all = new TreeMap<>();
    for (PartitionId id : log.partitions()) {
      List<Event> events = new ArrayList<>();
      try (LogReader reader = log.read(id, log.startOffset(id))) {
        for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
          for (EventView event : batch) {
            byte[] payload = new byte[event.payload().remaining()];
            event.payload().get(payload);
            events.add(
                new Event(event.offset(), batch.logTimeUs(), event.type(), Sha256.of(payload)));
          }
        }
      }
      all.put(id, events);
    }
    return all;
  }

  /** Restores a backup to a disk of its own, checks it in full, and gives the files. */
  static FaultyFiles restore(LogFiles from, long number, long toTimeUs) throws IOException {
    FaultyFiles to = new FaultyFiles(number);
    BackupReader reader = BackupReader.open(from, BACKUP);
    BackupManifest manifest = reader.manifest(number);
    LogRestore.Report report = reader.restore(manifest, toTimeUs, LOG, options(to), bytes -> {});
    LogVerifier.Report verified = LogVerifier.verify(LOG, to, (at, of) -> {});
    assertThat(verified.indexesMissing()).isZero();
    for (PartitionCut partition : report.partitions()) {
      assertThat(verified.events()).containsEntry(partition.id(), partition.endOffset());
    }
    if (toTimeUs == LogRestore.TO_THE_END) {
      for (int i = 0; i < report.partitions().size(); i++) {
        PartitionCut cut = manifest.cut().log().partitions().get(i);
        assertThat(report.partitions().get(i).id()).isEqualTo(cut.id());
        assertThat(report.partitions().get(i).endOffset()).isEqualTo(cut.endOffset());
        assertThat(report.partitions().get(i).logTimeUs()).isEqualTo(cut.logTimeUs());
      }
    }
    return to;
  }

  /** The events of a backup, by restoring it. */
  static Map<PartitionId, List<Event>> restored(LogFiles from, long number) throws IOException {
    return restored(from, number, LogRestore.TO_THE_END);
  }

  static Map<PartitionId, List<Event>> restored(LogFiles from, long number, long toTimeUs)
      throws IOException {
    FaultyFiles files = restore(from, number, toTimeUs);
    try (SegmentLog log = SegmentLog.open(LOG, options(files))) {
      return events(log);
    }
  }

  @Override
  public void close() {
    log.close();
  }

  private static final class Silent implements AppendListener {
    @Override
    public void durable(long endOffset) {}

    @Override
    public void failed(LogException cause) {}
  }
}
