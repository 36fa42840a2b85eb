package io.thalweg.log;

import io.thalweg.host.Host;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes the segments of a new log from batches that another log held, and forks every partition at
 * the end. The batches stay as they are, byte for byte; groups and segments are new, since the log
 * has an identity of its own.
 *
 * <p>The directory is the caller's to publish: until {@link #finish} has returned, nothing in it
 * may be opened. One thread.
 */
final class RestoreWriter implements AutoCloseable {
  private static final int GROUP_BYTES = 1 << 20;

  private record Placed(int number, int atInGroup, long firstOffset, long logTimeUs) {}

  private final LogFiles files;
  private final Path directory;
  private final long maxSegmentBytes;
  private final Host host;
  private final UUID logId;
  private final Chain chain;
  private final long start;
  private final Map<Integer, Integer> contractLevels = new HashMap<>();
  private final List<Placed> placed = new ArrayList<>();
  private ByteBuffer group = ByteBuffer.allocateDirect(GROUP_BYTES);
  private int groupBytes = GroupFormat.HEADER_BYTES;
  private long position;
  private long ordinal;
  private long base;
  private SegmentIndex index = new SegmentIndex(0);
  private LogFiles.@Nullable LogFile file;

  /** The segment before, whose index is not written yet, and the partitions at its end. */
  private @Nullable Segment unindexed;

  private List<PartitionTail> sealedTails = List.of();

  /**
   * @param beginning where the source begins; null at position 0
   */
  RestoreWriter(SegmentLogOptions options, Path directory, @Nullable LogBeginning beginning)
      throws IOException {
    this.host = options.host();
    this.logId = host.newUuid();
    this.files = options.files();
    this.directory = directory;
    this.maxSegmentBytes = options.maxSegmentBytes();
    files.createDirectories(directory);
    LogStart before = beginning == null ? null : beginning.start();
    this.chain = new Chain(before == null ? List.of() : before.tails());
    this.start = before == null ? 0 : before.base();
    this.position = start;
    if (before != null) {
      new LogStart(logId, 1, start, before.tails()).write(files, directory);
    }
  }

  UUID logId() {
    return logId;
  }

  /** Bytes of the new log so far. */
  long bytes() {
    return position - start + groupBytes - GroupFormat.HEADER_BYTES;
  }

  /** How a partition stands so far; null if nothing is known of it. */
  @Nullable PartitionTail tail(int number) {
    return chain.tail(number);
  }

  /** Whether it has a batch of a partition. */
  boolean knows(int number) {
    return chain.tail(number) != null;
  }

  /**
   * Adds a batch, which must continue its partition.
   *
   * @throws LogCorruptException if it does not
   */
  void add(Batch batch, ByteBuffer bytes) throws IOException {
    int length = batch.lengthBytes();
    boolean full = groupBytes + length > GROUP_BYTES || placed.size() == Group.MAX_BATCHES;
    if (full && !placed.isEmpty()) {
      writeGroup();
    }
    chain.check(batch, position + groupBytes + length);
    contractLevels.put(batch.partition(), batch.contractLevel());
    ensure(length);
    group.put(groupBytes, bytes, 0, length);
    placed.add(new Placed(batch.partition(), groupBytes, batch.firstOffset(), batch.logTimeUs()));
    groupBytes += length;
  }

  /**
   * Starts a new history of every partition, and makes all of it durable.
   *
   * @return the partitions, by number
   */
  List<PartitionTail> finish() throws IOException {
    if (!placed.isEmpty()) {
      writeGroup();
    }
    int drawn = host.random().nextInt(Lineage.DRAWN);
    BatchBuilder builder = new BatchBuilder();
    for (PartitionTail tail : chain.tails()) {
      ByteBuffer barrier = fork(builder, tail, drawn);
      add(Batch.parse(barrier), barrier);
    }
    if (!placed.isEmpty()) {
      writeGroup();
    }
    endSegment(chain.tails());
    files.forceDirectory(directory);
    return chain.tails();
  }

  private ByteBuffer fork(BatchBuilder builder, PartitionTail tail, int drawn) {
    List<Lineage> lineages = new ArrayList<>(tail.lineages());
    Lineage fork = tail.lineage().fork(tail.nextOffset(), drawn, host.newUuid());
    lineages.add(fork);
    builder.reset(tail.nextOffset(), tail.logTimeUs());
    builder.putBody(new Barrier(tail.id(), host.newUuid(), tail.epoch(), lineages).encode());
    return builder.seal(
        BatchFormat.KIND_BARRIER,
        tail.number(),
        fork.ordinal(),
        contractLevels.getOrDefault(tail.number(), 0),
        tail.epoch() + 1,
        tail.lastCrc(),
        tail.nextOffset());
  }

  private void ensure(int more) {
    int needed = groupBytes + more + GroupFormat.ALIGNMENT_BYTES;
    if (needed > group.capacity()) {
      group = ByteBuffer.allocateDirect(needed).put(group.clear().limit(groupBytes)).clear();
    }
  }

  private void writeGroup() throws IOException {
    int length = (int) GroupFormat.align(groupBytes);
    ensure(0);
    for (int at = groupBytes; at < length; at++) {
      group.put(at, (byte) 0);
    }
    long used = SegmentFormat.HEADER_BYTES + position - base;
    if (file != null && position > base && used + length > maxSegmentBytes) {
      endSegment(chain.tails());
    }
    if (file == null) {
      beginSegment();
    }
    GroupFormat.putHeader(group, logId, length, position, position, placed.size());
    for (Placed batch : placed) {
      index.add(
          batch.number(), position + batch.atInGroup(), batch.firstOffset(), batch.logTimeUs());
    }
    open().write(group.clear().limit(length), SegmentFormat.HEADER_BYTES + position - base);
    group.clear();
    chain.accept();
    placed.clear();
    position += length;
    groupBytes = GroupFormat.HEADER_BYTES;
  }

  private LogFiles.LogFile open() {
    if (file == null) {
      throw new IllegalStateException("no segment is open");
    }
    return file;
  }

  private void beginSegment() throws IOException {
    ordinal++;
    base = position;
    index = new SegmentIndex(base);
    file = files.create(directory.resolve(SegmentFormat.segmentName(ordinal)));
  }

  /** An index is written when the next segment ends: the last one has none. */
  private void endSegment(List<PartitionTail> tails) throws IOException {
    LogFiles.LogFile ended = file;
    if (ended == null) {
      return;
    }
    ended.write(
        SegmentFormat.encode(
            new SegmentFormat.Header(ordinal, base, logId, host.wallTimeUs() / 1_000, position)),
        0);
    ended.force();
    long sizeBytes = ended.sizeBytes();
    ended.close();
    file = null;
    Segment before = unindexed;
    SegmentIndex beforeIndex = before == null ? null : before.index();
    if (before != null && beforeIndex != null) {
      Recovery.writeIndex(files, before, logId, sealedTails, beforeIndex);
    }
    Path name = directory.resolve(SegmentFormat.segmentName(ordinal));
    Segment segment = new Segment(ordinal, base, name, sizeBytes, index);
    segment.seal(position, tails);
    unindexed = segment;
    sealedTails = tails;
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
      file = null;
    }
  }
}
