package io.thalweg.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.docs.v1.ApplyUpdateResponse;
import io.thalweg.docs.v1.DeleteDocumentRequest;
import io.thalweg.docs.v1.DiffDocumentResponse;
import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.ReadDocumentResponse;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.runtime.Node;
import io.thalweg.testkit.GoldenLog;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
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
  private static final List<String> DOCUMENTS = List.of("merged", "edited", "waiting", "parts");

  private static final GoldenLog GOLDEN = GoldenLog.of(Docs.TYPE, GoldenLogTest::answers);

  @TempDir Path folder;

  /** Writes the golden log of the present level, once; what is there stays. */
  @BeforeAll
  static void recordTheLogOfThisRelease(@TempDir Path folder) {
    GOLDEN.record(folder, GoldenLogTest::write);
  }

  static List<Integer> levels() {
    return GOLDEN.levels();
  }

  @Test
  void everyReleaseHasAGoldenLog() {
    assertThat(GOLDEN.levelsWithout()).as("levels without a golden log").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("levels")
  void aLogOfEveryReleaseReplaysToTheStateThatItHad(int level) {
    GOLDEN.verify(level, folder);
  }

  /** What a node on such a log answers. */
  private static void answers(Node node, StringBuilder out) {
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
