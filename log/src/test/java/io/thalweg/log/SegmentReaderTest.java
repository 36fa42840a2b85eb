package io.thalweg.log;

import static io.thalweg.log.LogFixture.A;
import static io.thalweg.log.LogFixture.B;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a reader finds its way, and what it costs. */
final class SegmentReaderTest {
  /** Counts what is read. */
  private static final class CountedFiles implements LogFiles {
    private final LogFiles files = LogFiles.disk();
    private final AtomicLong bytesRead = new AtomicLong();

    @Override
    public void createDirectories(Path directory) throws IOException {
      files.createDirectories(directory);
    }

    @Override
    public java.util.List<String> list(Path directory) throws IOException {
      return files.list(directory);
    }

    @Override
    public LogFile create(Path file) throws IOException {
      return files.create(file);
    }

    @Override
    public LogFile openForWriting(Path file) throws IOException {
      return files.openForWriting(file);
    }

    @Override
    public LogFile openForReading(Path file) throws IOException {
      LogFile opened = files.openForReading(file);
      return new LogFile() {
        @Override
        public int read(ByteBuffer into, long atBytes) throws IOException {
          int read = opened.read(into, atBytes);
          bytesRead.addAndGet(Math.max(0, read));
          return read;
        }

        @Override
        public void write(ByteBuffer from, long atBytes) throws IOException {
          opened.write(from, atBytes);
        }

        @Override
        public void force() throws IOException {
          opened.force();
        }

        @Override
        public long sizeBytes() throws IOException {
          return opened.sizeBytes();
        }

        @Override
        public void close() throws IOException {
          opened.close();
        }
      };
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      files.rename(from, to);
    }

    @Override
    public void deleteIfExists(Path file) throws IOException {
      files.deleteIfExists(file);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
      files.forceDirectory(directory);
    }
  }

  @Test
  void regionsWithoutThePartitionAreSkipped(@TempDir Path directory) {
    CountedFiles files = new CountedFiles();
    SegmentLogOptions options = SegmentLogOptions.DEFAULTS.withFiles(files);
    try (SegmentLog log = SegmentLog.open(directory, options)) {
      LogFixture.Acks rare = new LogFixture.Acks();
      LogFixture.Acks busy = new LogFixture.Acks();
      PartitionLog a = log.lead(A, 1, 1, rare);
      PartitionLog b = log.lead(B, 1, 1, busy);
      for (int i = 0; i < 3; i++) {
        one(a, 100);
        for (int n = 0; n < 100; n++) {
          one(b, 60_000);
        }
        assertThat(busy.await(b.endOffset())).isTrue();
      }
      one(a, 100);
      assertThat(rare.await(4)).isTrue();
      long total = log.status().durablePosition();
      files.bytesRead.set(0);
      try (LogReader reader = log.read(A, 0)) {
        Batch last = LogFixture.last(reader);
        assertThat(last).isNotNull();
        assertThat(reader.cursor().nextOffset()).isEqualTo(4);
      }
      assertThat(files.bytesRead.get()).isLessThan(total / 5);
      files.bytesRead.set(0);
      try (LogReader reader = log.read(A, 3)) {
        assertThat(reader.next()).isNotNull();
      }
      assertThat(files.bytesRead.get()).isLessThan(4L << 18);
    }
  }

  private static void one(PartitionLog leader, int payloadBytes) {
    BatchBuilder batch = leader.begin(1);
    batch.beginEvent(1, 0, 0, EventMeta.NONE, payloadBytes);
    leader.append(batch);
  }

  @Test
  void anInterruptedReaderDoesNotDisturbOthers(@TempDir Path directory) throws Exception {
    try (SegmentLog log = SegmentLog.open(directory, SegmentLogOptions.DEFAULTS)) {
      LogFixture.Acks acks = new LogFixture.Acks();
      PartitionLog leader = log.lead(A, 1, 1, acks);
      for (int i = 0; i < 50; i++) {
        one(leader, 50_000);
      }
      assertThat(acks.await(50)).isTrue();
      LogReader other = log.read(A, 0);
      assertThat(other.next()).isNotNull();
      Thread interrupted =
          new Thread(() -> {
            Thread.currentThread().interrupt();
            try (LogReader reader = log.read(A, 0)) {
              LogFixture.last(reader);
            } catch (LogException e) {
              // It was told to stop.
            }
          });
      interrupted.start();
      interrupted.join();
      LogFixture.last(other);
      assertThat(other.cursor().nextOffset()).isEqualTo(50);
      one(leader, 10);
      assertThat(acks.await(51)).isTrue();
    }
  }

  @Test
  void segmentsThatAreSealedWhileTheyAreReadStayReadable() {
    FaultyFiles files = new FaultyFiles(1);
    try (LogFixture fixture = new LogFixture(files)) {
      fixture.appendDurably(A, 1, 5_000);
      LogReader reader = fixture.log.read(A, 0);
      long seen = 0;
      while (fixture.log.status().segments() < 5) {
        fixture.appendDurably(A, 1, 5_000);
        fixture.appendDurably(B, 1, 9_000);
        Batch batch = reader.next();
        seen = batch == null ? seen : batch.nextOffset();
      }
      while (true) {
        Batch batch = reader.next();
        if (batch == null) {
          break;
        }
        assertThat(batch.firstOffset()).isGreaterThanOrEqualTo(seen);
        seen = batch.nextOffset();
      }
      assertThat(seen).isEqualTo(fixture.log.durableOffset(A));
    }
  }
}
