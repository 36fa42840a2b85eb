package io.thalweg.testkit;

import io.thalweg.log.FaultyFiles;
import io.thalweg.log.LogFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The way from one life of a node to its disk: every operation that moves bytes takes virtual time,
 * so that others run meanwhile, and the disk can be made to stall.
 *
 * <p>Opening and closing take no time: the log does that while it holds a monitor.
 */
final class SimulatedFiles implements LogFiles {
  private static final int MAX_WRITE_NS = 20_000;
  private static final int MAX_FORCE_NS = 400_000;

  private final FaultyFiles disk;
  private final SimulatedHost host;
  private final SplittableRandom random;
  private final Runnable onWrite;
  private long stalledUntilNs;

  /**
   * @param onWrite runs after each write; it does not wait
   */
  SimulatedFiles(FaultyFiles disk, SimulatedHost host, long seed, Runnable onWrite) {
    this.disk = disk;
    this.host = host;
    this.random = new SplittableRandom(seed);
    this.onWrite = onWrite;
  }

  /** Every operation that begins before that time waits until then. */
  void stallFor(long nanos) {
    stalledUntilNs = host.nanoTime() + nanos;
  }

  private void takeTime(int maxNs) {
    host.sleep(Math.max(1 + random.nextInt(maxNs), stalledUntilNs - host.nanoTime()));
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    disk.createDirectories(directory);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return disk.list(directory);
  }

  @Override
  public LogFile create(Path file) throws IOException {
    takeTime(MAX_WRITE_NS);
    return new Slow(disk.create(file));
  }

  @Override
  public LogFile openForWriting(Path file) throws IOException {
    return new Slow(disk.openForWriting(file));
  }

  @Override
  public LogFile openForReading(Path file) throws IOException {
    return new Slow(disk.openForReading(file));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    takeTime(MAX_WRITE_NS);
    disk.rename(from, to);
  }

  @Override
  public void deleteIfExists(Path file) throws IOException {
    takeTime(MAX_WRITE_NS);
    disk.deleteIfExists(file);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    takeTime(MAX_FORCE_NS);
    disk.forceDirectory(directory);
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
      takeTime(MAX_WRITE_NS);
      file.write(from, atBytes);
      onWrite.run();
    }

    /** What was written before is durable when it returns; what is written meanwhile may be. */
    @Override
    public void force() throws IOException {
      boolean first = random.nextBoolean();
      if (first) {
        file.force();
      }
      takeTime(MAX_FORCE_NS);
      if (!first) {
        file.force();
      }
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
