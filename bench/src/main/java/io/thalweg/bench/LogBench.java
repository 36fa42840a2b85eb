package io.thalweg.bench;

import io.thalweg.log.AppendListener;
import io.thalweg.log.BatchBuilder;
import io.thalweg.log.EventMeta;
import io.thalweg.log.LogException;
import io.thalweg.log.LogStatus;
import io.thalweg.log.PartitionId;
import io.thalweg.log.PartitionLog;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Durable appends of 100-byte events to the log, beside a raw loop of write and force on a file
 * that was filled with zeros before, with as many bytes per force as the log had in the round
 * before. Log and raw loop alternate; prints each round and the median ratio of bytes per second.
 *
 * <p>Arguments: directory (must not exist), rounds, seconds per run, partitions, events per batch.
 */
public final class LogBench {
  private static final int PAYLOAD_BYTES = 100;
  private static final long RAW_FILE_BYTES = 256 << 20;

  private LogBench() {}

  private record Run(double eventsPerSecond, double bytesPerSecond, double bytesPerForce) {}

  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args.length > 0 ? args[0] : "log-bench-data");
    int rounds = number(args, 1, 5);
    int seconds = number(args, 2, 3);
    int partitions = number(args, 3, 1);
    int eventsPerBatch = number(args, 4, 500);
    Files.createDirectory(directory);
    try (FileChannel raw = prepareRaw(directory.resolve("raw"));
        SegmentLog log = SegmentLog.open(directory.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      List<Appender> appenders = new ArrayList<>();
      for (int i = 0; i < partitions; i++) {
        appenders.add(new Appender(log, i, eventsPerBatch));
      }
      run(log, appenders, seconds);
      List<Double> ratios = new ArrayList<>();
      System.out.printf(
          "%d partitions, %d events of %d bytes a batch%n",
          partitions, eventsPerBatch, PAYLOAD_BYTES);
      for (int round = 0; round < rounds; round++) {
        Run logged = run(log, appenders, seconds);
        double rawBytesPerSecond = raw(raw, (int) logged.bytesPerForce(), seconds);
        double ratio = logged.bytesPerSecond() / rawBytesPerSecond;
        ratios.add(ratio);
        System.out.printf(
            "log %,.0f events/s, %.0f MB/s, %.0f KB a force; raw %.0f MB/s; ratio %.2f%n",
            logged.eventsPerSecond(),
            logged.bytesPerSecond() / 1e6,
            logged.bytesPerForce() / 1e3,
            rawBytesPerSecond / 1e6,
            ratio);
      }
      ratios.sort(Comparator.naturalOrder());
      LogStatus status = log.status();
      System.out.printf(
          "median ratio %.2f; force p50 %d us, p99 %d us%n",
          ratios.get(ratios.size() / 2), status.forceP50Us(), status.forceP99Us());
    } finally {
      deleteTree(directory);
    }
  }

  private static int number(String[] args, int at, int otherwise) {
    return args.length > at ? Integer.parseInt(args[at]) : otherwise;
  }

  private static Run run(SegmentLog log, List<Appender> appenders, int seconds)
      throws InterruptedException {
    LogStatus before = log.status();
    long start = System.nanoTime();
    long endNs = start + seconds * 1_000_000_000L;
    List<Thread> threads = new ArrayList<>();
    long events = 0;
    for (Appender appender : appenders) {
      events -= appender.leader.endOffset();
      threads.add(Thread.ofPlatform().start(() -> appender.run(endNs)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    double elapsed = (System.nanoTime() - start) / 1e9;
    for (Appender appender : appenders) {
      events += appender.leader.endOffset();
    }
    LogStatus after = log.status();
    double bytes = after.durablePosition() - before.durablePosition();
    return new Run(events / elapsed, bytes / elapsed, bytes / (after.forces() - before.forces()));
  }

  /** One partition's thread; appends as fast as the log takes it, then waits for the last ack. */
  private static final class Appender implements AppendListener {
    private final PartitionLog leader;
    private final int eventsPerBatch;
    private final byte[] payload = new byte[PAYLOAD_BYTES];
    private long durable;
    private LogException failure = new LogException("none");
    private boolean failed;

    private Appender(SegmentLog log, int index, int eventsPerBatch) {
      this.eventsPerBatch = eventsPerBatch;
      leader = log.lead(new PartitionId("bench", index), 1, 1, this);
    }

    void run(long endNs) {
      while (System.nanoTime() < endNs) {
        BatchBuilder batch = leader.begin(1);
        for (int i = 0; i < eventsPerBatch; i++) {
          batch.beginEvent(1, 0, 0, EventMeta.NONE, PAYLOAD_BYTES).put(payload);
          batch.endCommand();
        }
        leader.append(batch);
      }
      await(leader.endOffset());
    }

    private synchronized void await(long offset) {
      while (durable < offset) {
        if (failed) {
          throw failure;
        }
        try {
          wait();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }

    @Override
    public synchronized void durable(long endOffset) {
      durable = endOffset;
      notifyAll();
    }

    @Override
    public synchronized void failed(LogException cause) {
      failure = cause;
      failed = true;
      notifyAll();
    }
  }

  private static FileChannel prepareRaw(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
    for (long at = 0; at < RAW_FILE_BYTES; at += zeros.capacity()) {
      channel.write(zeros.clear(), at);
    }
    channel.force(false);
    return channel;
  }

  /** Bytes per second of the raw loop; it starts over where the file ends. */
  private static double raw(FileChannel channel, int bytesPerForce, int seconds)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(bytesPerForce);
    long start = System.nanoTime();
    long endNs = start + seconds * 1_000_000_000L;
    long written = 0;
    long at = 0;
    while (System.nanoTime() < endNs) {
      if (at + bytesPerForce > RAW_FILE_BYTES) {
        at = 0;
      }
      at += channel.write(bytes.clear(), at);
      channel.force(false);
      written += bytesPerForce;
    }
    return written / ((System.nanoTime() - start) / 1e9);
  }

  private static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
