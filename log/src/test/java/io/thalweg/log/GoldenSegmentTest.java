package io.thalweg.log;

import static io.thalweg.log.LogFixture.DIRECTORY;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A segment that an earlier version wrote keeps reading the same. The files are never written
 * again; a later format gets files of its own, made by {@link #main}.
 */
final class GoldenSegmentTest {
  private static final Path SEGMENT = DIRECTORY.resolve(SegmentFormat.segmentName(1));

  @Test
  void aSegmentOfVersion1ReadsTheSame() throws IOException {
    FaultyFiles files = new FaultyFiles(1);
    files.put(SEGMENT, resource("segment-1.segment"));
    assertThat(LogVerifier.verify(DIRECTORY, files, (done, of) -> {}).batches()).isEqualTo(8);
    String expected = new String(resource("segment-1.txt"), StandardCharsets.UTF_8);
    try (LogFixture fixture = new LogFixture(files)) {
      assertThat(dump(fixture.log)).isEqualTo(expected);
      fixture.appendDurably(new PartitionId("board", 0), 1, 10);
    }
    try (LogFixture fixture = new LogFixture(files)) {
      assertThat(dump(fixture.log)).startsWith(expected.substring(0, expected.indexOf("jobs/7")));
    }
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = GoldenSegmentTest.class.getResourceAsStream("/golden/" + name)) {
      if (in == null) {
        throw new AssertionError("no resource " + name);
      }
      return in.readAllBytes();
    }
  }

  /** All that a reader sees, a line for each batch and event. */
  private static String dump(SegmentLog log) {
    StringBuilder out = new StringBuilder("log " + log.logId() + "\n");
    for (PartitionId id : log.partitions()) {
      out.append(id).append(' ').append(log.lineages(id)).append('\n');
      try (LogReader reader = log.read(id, 0)) {
        Batch batch;
        while ((batch = reader.next()) != null) {
          dump(batch, out);
          // Cursors of this log have no lineages; when these files were written, none had.
          String cursor = reader.cursor().toString().replace(", lineages=[]", "");
          out.append("  ").append(cursor).append('\n');
        }
      }
    }
    return out.toString();
  }

  private static void dump(Batch batch, StringBuilder out) {
    out.append(
        " %s partition=%d lineage=%d level=%d previous=%08x crc=%08x time=%d durable=%d body=%s\n"
            .formatted(
                batch,
                batch.partition(),
                batch.lineage(),
                batch.contractLevel(),
                batch.previousCrc(),
                batch.crc(),
                batch.logTimeUs(),
                batch.durableOffset(),
                batch.count() > 0 ? "" : hex(LogFixture.bytes(batch.body()))));
    for (EventView event : batch) {
      EventMeta meta = event.meta();
      out.append(
          "  event %d type=%08x project=%d slot=%d ends=%s meta=%s,%s,%s,%s,%s payload=%s\n"
              .formatted(
                  event.offset(),
                  event.type(),
                  event.project(),
                  event.slot(),
                  event.endsCommand(),
                  hex(meta.principal()),
                  hex(meta.trace()),
                  hex(meta.causation()),
                  hex(meta.sealedKeyId()),
                  hex(meta.extension()),
                  hex(LogFixture.bytes(event.payload()))));
    }
  }

  private static String hex(byte @org.jspecify.annotations.Nullable [] bytes) {
    return bytes == null ? "-" : HexFormat.of().formatHex(bytes);
  }

  /** Writes a golden segment and its dump into a directory; for a new version of the format. */
  public static void main(String[] args) throws IOException {
    FaultyFiles files = new FaultyFiles(1);
    try (SegmentLog log = SegmentLog.open(DIRECTORY, LogFixture.options(files))) {
      LogFixture.Acks acks = new LogFixture.Acks();
      PartitionLog board = log.lead(new PartitionId("board", 0), 3, 1_700_000_000_000_000L, acks);
      EventMeta full =
          new EventMeta(
              "alice".getBytes(StandardCharsets.UTF_8),
              HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f1011121314151617"),
              new byte[] {9, 8, 7},
              new byte[] {1},
              new byte[] {5, 5, 5, 5});
      BatchBuilder batch = board.begin(1_700_000_000_000_001L);
      batch.beginEvent(1, 0, 0, EventMeta.NONE, 3).put(new byte[] {1, 2, 3});
      batch.endCommand();
      batch.beginEvent(0x7fffffff, 77, 65_535, full, 5).put(new byte[] {5, 4, 3, 2, 1});
      batch.beginEvent(0x80000001, 77, 1, EventMeta.ofPrincipal("bob"), 0);
      batch.endCommand();
      board.append(batch);
      acks.await(3);
      LogFixture.Acks otherAcks = new LogFixture.Acks();
      PartitionLog jobs =
          log.lead(new PartitionId("jobs", 7), 1, 1_700_000_000_000_002L, otherAcks);
      board.append(board.begin(1_700_000_000_000_003L));
      batch = jobs.begin(1_700_000_000_000_004L);
      batch.beginEvent(2, 0, 12, EventMeta.NONE, 1).put((byte) 0x54);
      jobs.append(batch);
      otherAcks.await(1);
      board.resign();
      board = log.lead(new PartitionId("board", 0), 4, 1_700_000_000_000_005L, acks);
      batch = board.begin(1_700_000_000_000_006L);
      batch.beginEvent(3, 1, 2, EventMeta.NONE, 17).put(new byte[17]);
      batch.endCommand();
      board.append(batch);
      batch = board.begin(1_700_000_000_000_007L);
      batch.beginEvent(4, 1, 2, EventMeta.NONE, 1).put((byte) 1);
      board.append(batch);
    }
    byte[] segment = files.get(SEGMENT);
    List<Integer> groups = LogFixture.groups(segment);
    Path directory = Path.of(args[0]);
    Files.write(
        directory.resolve("segment-1.segment"),
        Arrays.copyOf(segment, groups.get(groups.size() - 1)));
    try (SegmentLog log = SegmentLog.open(DIRECTORY, LogFixture.options(files))) {
      Files.writeString(directory.resolve("segment-1.txt"), dump(log));
    }
  }
}
