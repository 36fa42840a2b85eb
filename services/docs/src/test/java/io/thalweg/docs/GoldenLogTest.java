package io.thalweg.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.check.Releases;
import io.thalweg.docs.v1.ApplyUpdateResponse;
import io.thalweg.docs.v1.DeleteDocumentRequest;
import io.thalweg.docs.v1.DiffDocumentResponse;
import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.ReadDocumentResponse;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.TableVerifier;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A log that a release wrote replays to the state that the release had, merged parts byte by byte.
 * To record the log of the present level: {@code -Dcontract=record}.
 */
class GoldenLogTest {
  private static final Releases RELEASES = Releases.of("docs");
  private static final PartitionId PARTITION = new PartitionId("docs", 0);
  private static final String SEGMENT = "log/0000000001.segment";
  private static final String LOG = "log.segment.gz";
  private static final String STATE = "state.txt";
  private static final Pattern EVENTS = Pattern.compile("digest after (\\d+) events");
  private static final List<String> DOCUMENTS = List.of("merged", "edited", "waiting", "parts");

  @TempDir Path data;
  @TempDir Path scratch;

  /** Writes the golden log of the present level, once; what is there stays. */
  @BeforeAll
  static void recordTheLogOfThisRelease(@TempDir Path data, @TempDir Path scratch)
      throws IOException {
    int level =
        Docs.TYPE.contract().getOptions().getExtension(ContractProto.service).getContractLevel();
    Path golden = RELEASES.goldenOf(level);
    if (!Releases.isRecording() || Files.exists(golden)) {
      return;
    }
    try (Node node = open(data)) {
      write(node);
    }
    Files.createDirectories(golden);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(golden.resolve(LOG)))) {
      Files.copy(data.resolve(SEGMENT), out);
    }
    long events;
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      events = log.durableOffset(PARTITION);
    }
    Files.writeString(golden.resolve(STATE), dump(data, scratch, events));
  }

  static List<Integer> levels() {
    return RELEASES.levels();
  }

  @Test
  void everyReleaseHasAGoldenLog() {
    assertThat(RELEASES.levelsWithout(LOG)).as("levels without a golden log").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("levels")
  void aLogOfEveryReleaseReplaysToTheStateThatItHad(int level) throws IOException {
    Path golden = RELEASES.goldenOf(level);
    Files.createDirectories(data.resolve("log"));
    try (InputStream in = new GZIPInputStream(Files.newInputStream(golden.resolve(LOG)))) {
      Files.copy(in, data.resolve(SEGMENT));
    }
    Files.writeString(data.resolve("node.properties"), "format=1\npartitions.docs=1\n");
    String expected = Files.readString(golden.resolve(STATE));
    Matcher events = EVENTS.matcher(expected);
    assertThat(events.find()).isTrue();
    assertThat(dump(data, scratch.resolve("tables"), Long.parseLong(events.group(1))))
        .isEqualTo(expected);
  }

  /** Opens a node on the log, and says what it answers and what its rows are. */
  private static String dump(Path data, Path scratch, long events) {
    StringBuilder out = new StringBuilder();
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      // Not the log's end: a node of a later version adds its contract when it opens.
      out.append("digest after %d events: ".formatted(events))
          .append(TableVerifier.digest(log, Docs.TYPE, PARTITION, 1, events, scratch))
          .append('\n');
    }
    try (Node node = open(data)) {
      for (String name : DOCUMENTS) {
        Document figures = node.call(Requests.get(name), Document.class);
        out.append(
            "%s version %d merged %d tail %d of %d bytes waiting %s%n"
                .formatted(
                    name,
                    figures.getVersion(),
                    figures.getMergedBytes(),
                    figures.getTailUpdates(),
                    figures.getTailBytes(),
                    figures.getWaiting()));
        String text = node.call(Requests.text(name), ReadDocumentResponse.class).getContent();
        DiffDocumentResponse all =
            node.call(Requests.diff(name, new byte[0]), DiffDocumentResponse.class);
        out.append(
            "text %d %08x, update %d %08x%n"
                .formatted(
                    text.length(),
                    text.hashCode(),
                    all.getUpdate().size(),
                    Arrays.hashCode(all.getUpdate().toByteArray())));
      }
    }
    return out.toString();
  }

  private static Node open(Path data) {
    return Thalweg.at(data)
        .service(Docs.TYPE)
        .options(
            NodeOptions.defaults()
                .withPartitions(1)
                .withLog(SegmentLogOptions.DEFAULTS.withFirstSegmentBytes(1 << 20)))
        .open();
  }

  /** From a fixed seed, but for the client that the server draws for itself. */
  private static void write(Node node) {
    SplittableRandom random = new SplittableRandom(3);
    YDoc client = new YDoc();
    for (int i = 0; i < 1_500; i++) {
      int length = client.text("t").length();
      apply(
          node,
          "merged",
          client.edit(
              7,
              edit -> {
                if (length > 300) {
                  edit.delete("t", random.nextInt(length - 150), 150);
                } else {
                  edit.insertText("t", random.nextInt(length + 1), "some words ");
                }
              }));
    }
    for (int i = 0; i < 5; i++) {
      node.call(Requests.insert("edited", 0, "edit "), Message.class);
    }
    YDoc late = new YDoc();
    byte[] first = late.edit(8, edit -> edit.insertText("t", 0, "first "));
    apply(node, "waiting", late.edit(8, edit -> edit.insertText("t", 6, "second")));
    apply(node, "waiting", late.edit(8, edit -> edit.delete("t", 6, 1)));
    apply(node, "gone", first);
    node.call(DeleteDocumentRequest.newBuilder().setDocument("gone").build(), Message.class);
    apply(
        node,
        "parts",
        new YDoc().edit(9, edit -> edit.insertText("t", 0, "0123456789".repeat(60_000))));
  }

  private static void apply(Node node, String document, byte[] update) {
    node.call(Requests.apply(document, update), ApplyUpdateResponse.class);
  }
}
