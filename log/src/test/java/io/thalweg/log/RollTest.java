package io.thalweg.log;

import static io.thalweg.log.LogFixture.A;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A new segment's name proves all of the one before, so it must not come too early. */
final class RollTest {
  private static final long SLOW_MS = 20;

  @Test
  void aSegmentGetsItsNameOnlyWhenAllOfTheOneBeforeIsForced() {
    SlowFiles files = new SlowFiles(new FaultyFiles(1));
    try (LogFixture fixture = new LogFixture(files)) {
      fixture.lead(A);
      files.slow = true;
      while (fixture.log.status().segments() < 4) {
        fixture.append(A, 1, 9_000);
      }
      files.slow = false;
      assertThat(fixture.acks(A).await(fixture.leader(A).endOffset())).isTrue();
    }
    assertThat(files.renamedWhileForcing).isEmpty();
    assertThat(files.renamed.get()).isGreaterThanOrEqualTo(3);
    assertThat(files.waited.get()).isPositive();
  }

  /** Files whose force of groups lasts until a segment gets its name, or a while. */
  private static final class SlowFiles implements LogFiles {
    private final LogFiles files;
    private final List<Path> renamedWhileForcing = new CopyOnWriteArrayList<>();
    private volatile CountDownLatch named = new CountDownLatch(1);
    private volatile boolean slow;
    private volatile boolean forcing;
    private final AtomicInteger renamed = new AtomicInteger();
    private final AtomicInteger waited = new AtomicInteger();

    SlowFiles(LogFiles files) {
      this.files = files;
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      if (slow && to.toString().endsWith(".segment")) {
        renamed.incrementAndGet();
        if (forcing) {
          renamedWhileForcing.add(to);
        }
        named.countDown();
      }
      files.rename(from, to);
    }

    private void force(LogFile file) throws IOException {
      // The header of a new segment is forced by the writer, groups by the forcer.
      if (slow && Thread.currentThread().getName().contains("forcer")) {
        named = new CountDownLatch(1);
        forcing = true;
        try {
          if (!named.await(SLOW_MS, TimeUnit.MILLISECONDS)) {
            waited.incrementAndGet();
          }
          file.force();
        } catch (InterruptedException e) {
          throw new IOException(e);
        } finally {
          forcing = false;
        }
      } else {
        file.force();
      }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
      files.createDirectories(directory);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
      return files.list(directory);
    }

    @Override
    public LogFile create(Path file) throws IOException {
      return new Slow(files.create(file));
    }

    @Override
    public LogFile openForWriting(Path file) throws IOException {
      return new Slow(files.openForWriting(file));
    }

    @Override
    public LogFile openForReading(Path file) throws IOException {
      return files.openForReading(file);
    }

    @Override
    public void deleteIfExists(Path file) throws IOException {
      files.deleteIfExists(file);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
      files.forceDirectory(directory);
    }

    private final class Slow implements LogFile {
      private final LogFile file;

      private Slow(LogFile file) {
        this.file = file;
      }

      @Override
      public int read(ByteBuffer into, long atBytes) throws IOException {
        return file.read(into, atBytes);
      }

      @Override
      public void write(ByteBuffer from, long atBytes) throws IOException {
        file.write(from, atBytes);
      }

      @Override
      public void force() throws IOException {
        SlowFiles.this.force(file);
      }

      @Override
      public long sizeBytes() throws IOException {
        return file.sizeBytes();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    }
  }
}
