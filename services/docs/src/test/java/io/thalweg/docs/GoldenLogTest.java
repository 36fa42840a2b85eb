package io.thalweg.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.docs.v1.ApplyUpdateResponse;
import io.thalweg.docs.v1.CreateDocumentRequest;
import io.thalweg.docs.v1.DeleteHookRequest;
import io.thalweg.docs.v1.DiffDocumentResponse;
import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.HistoryRule;
import io.thalweg.docs.v1.ListNamesRequest;
import io.thalweg.docs.v1.ListNamesResponse;
import io.thalweg.docs.v1.NameVersionRequest;
import io.thalweg.docs.v1.ReadDocumentResponse;
import io.thalweg.docs.v1.ReadVersionResponse;
import io.thalweg.docs.v1.RemoveNameRequest;
import io.thalweg.docs.v1.RestoreVersionRequest;
import io.thalweg.docs.v1.SetHistoryRequest;
import io.thalweg.docs.v1.SetHookRequest;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.runtime.Failure;
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
    pastAnswers(node, out);
  }

  /** What level 1 had nothing of. */
  private static void pastAnswers(Node node, StringBuilder out) {
    Document figures;
    try {
      figures = node.call(Requests.get("history"), Document.class);
    } catch (Failure none) {
      return;
    }
    out.append(
        "history from %d of %d bytes, generation %d%n"
            .formatted(
                figures.getOldestVersion(), figures.getHistoryBytes(), figures.getGeneration()));
    for (long version : new long[] {figures.getOldestVersion(), figures.getVersion() - 1}) {
      String text =
          node.call(Requests.past("history", version), ReadVersionResponse.class).getContent();
      out.append("version %d: %d %08x%n".formatted(version, text.length(), text.hashCode()));
    }
    ListNamesRequest names = ListNamesRequest.newBuilder().setDocument("history").build();
    node.call(names, ListNamesResponse.class)
        .getNamesList()
        .forEach(name ->
            out.append(
                "%s is %d of %d bytes%n"
                    .formatted(name.getName(), name.getVersion(), name.getBytes())));
  }

  /** What level 2 added. */
  private static void writeHistory(Node node) {
    node.call(
        SetHookRequest.newBuilder()
            .setHook("all")
            .setUrl("https://receiver.example/hook")
            .setDebounceMs(3_600_000)
            .build(),
        Message.class);
    node.call(
        SetHookRequest.newBuilder().setHook("none").setUrl("https://receiver.example/none").build(),
        Message.class);
    node.call(DeleteHookRequest.newBuilder().setHook("none").build(), Message.class);
    CreateDocumentRequest create =
        CreateDocumentRequest.newBuilder().setDocument("history").build();
    node.call(create, Message.class);
    apply(node, "history", new YDoc().edit(4, edit -> edit.insertText("t", 0, "first")));
    node.call(Requests.delete("history"), Message.class);
    node.call(create, Message.class);
    HistoryRule rule = HistoryRule.newBuilder().setMaxBytes(40_000).build();
    node.call(
        SetHistoryRequest.newBuilder().setDocument("history").setHistory(rule).build(),
        Message.class);
    YDoc client = new YDoc();
    for (int i = 0; i < 230; i++) {
      int at = i;
      apply(
          node,
          "history",
          client.edit(
              5,
              edit -> {
                if (at % 20 == 19) {
                  edit.delete("t", 0, client.text("t").length() - 10);
                } else {
                  edit.insertText("t", 0, "longer words ".repeat(45));
                }
              }));
      if (i % 80 == 70) {
        node.call(
            NameVersionRequest.newBuilder().setDocument("history").setName("at " + i).build(),
            Message.class);
      }
    }
    node.call(
        RemoveNameRequest.newBuilder().setDocument("history").setName("at 70").build(),
        Message.class);
    node.call(
        RestoreVersionRequest.newBuilder().setDocument("history").setName("at 150").build(),
        Message.class);
  }

  /** From a fixed seed, but for the client that the server draws for itself. */
  private static void write(Node node) {
    SplittableRandom random = new SplittableRandom(3);
    YDoc client = new YDoc();
    for (int i = 0; i < 1_150; i++) {
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
    node.call(Requests.delete("gone"), Message.class);
    apply(
        node,
        "parts",
        new YDoc().edit(9, edit -> edit.insertText("t", 0, "0123456789".repeat(53_000))));
    writeHistory(node);
  }

  private static void apply(Node node, String document, byte[] update) {
    node.call(Requests.apply(document, update), ApplyUpdateResponse.class);
  }
}
