package io.thalweg.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.docs.v1.ApplyUpdateResponse;
import io.thalweg.docs.v1.CompareVersionsRequest;
import io.thalweg.docs.v1.CompareVersionsResponse;
import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.HistoryRule;
import io.thalweg.docs.v1.ListNamesRequest;
import io.thalweg.docs.v1.ListNamesResponse;
import io.thalweg.docs.v1.ListVersionsRequest;
import io.thalweg.docs.v1.ListVersionsResponse;
import io.thalweg.docs.v1.NameVersionRequest;
import io.thalweg.docs.v1.NamedVersion;
import io.thalweg.docs.v1.ReadDocumentResponse;
import io.thalweg.docs.v1.ReadVersionRequest;
import io.thalweg.docs.v1.ReadVersionResponse;
import io.thalweg.docs.v1.RemoveNameRequest;
import io.thalweg.docs.v1.RestoreVersionResponse;
import io.thalweg.docs.v1.SetHistoryRequest;
import io.thalweg.docs.v1.Version;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of the past of a document, on a node. */
class HistoryTest {
  @TempDir Path data;
  private Node node;

  @BeforeEach
  void open() {
    node = Thalweg.open(data, Docs.TYPE);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private <R extends Message> R as(String who, Message request, Class<R> reply) {
    return node.call(new Request(request, new Caller(0, who), null, Long.MAX_VALUE), reply);
  }

  private void apply(String who, byte[] update) {
    as(who, Requests.apply("a", update), ApplyUpdateResponse.class);
  }

  private String past(long version) {
    return node.call(Requests.past("a", version), ReadVersionResponse.class).getContent();
  }

  private Document figures() {
    return node.call(Requests.get("a"), Document.class);
  }

  private String text() {
    return node.call(Requests.text("a"), ReadDocumentResponse.class).getContent();
  }

  /** A text that is typed and deleted from, with what it was after every update. */
  private List<String> typed(int updates, int client) {
    YDoc doc = new YDoc();
    SplittableRandom random = new SplittableRandom(3);
    List<String> were = new ArrayList<>(List.of(""));
    for (int i = 0; i < updates; i++) {
      int length = doc.text("t").length();
      apply(
          "ana",
          doc.edit(
              client,
              edit -> {
                if (length > 400) {
                  edit.delete("t", random.nextInt(length - 300), 300);
                } else {
                  edit.insertText("t", random.nextInt(length + 1), "some longer words ");
                }
              }));
      were.add(doc.text("t"));
    }
    return were;
  }

  @Test
  void everyVersionIsReadAsItWasThoughTheDocumentWasMergedAndTheNodeRestarted() {
    List<String> were = typed(2_500, 1);
    Document figures = figures();
    assertThat(figures.getMergedBytes()).isPositive();
    assertThat(figures.getOldestVersion()).isZero();
    node.close();
    open();
    for (int version = 1; version < were.size(); version += 61) {
      assertThat(past(version)).as("version " + version).isEqualTo(were.get(version));
    }
    assertThat(past(2_500)).isEqualTo(were.getLast()).isEqualTo(text());
    assertThatThrownBy(() -> past(2_501)).hasMessageContaining("versions 0 to 2500; got 2501");
    ReadVersionResponse whole =
        node.call(
            Requests.past("a", 1_000).toBuilder().clearRoot().build(), ReadVersionResponse.class);
    assertThat(YDoc.of(whole.getUpdate().toByteArray()).text("t")).isEqualTo(were.get(1_000));
  }

  @Test
  void aTimeFindsTheVersionOfThen() {
    typed(20, 1);
    ReadVersionResponse fifth = node.call(Requests.past("a", 5), ReadVersionResponse.class);
    long us = fifth.getTime().getSeconds() * 1_000_000 + fifth.getTime().getNanos() / 1_000;
    ReadVersionResponse found =
        node.call(
            ReadVersionRequest.newBuilder().setDocument("a").setRoot("t").setAtUs(us).build(),
            ReadVersionResponse.class);
    assertThat(found.getVersion()).isBetween(5L, 20L);
    assertThat(found.getTime()).isEqualTo(fifth.getTime());
    assertThat(found.getAuthor()).isEqualTo("ana");
    assertThatThrownBy(() ->
            node.call(
                ReadVersionRequest.newBuilder().setDocument("a").setRoot("t").setAtUs(1).build(),
                ReadVersionResponse.class))
        .isInstanceOfSatisfying(
            Failure.class, e -> assertThat(e.code()).isEqualTo(Code.OUT_OF_RANGE));
  }

  @Test
  void versionsAreListedByWhoMadeThemTheNewestFirst() {
    YDoc doc = new YDoc();
    for (String who : List.of("ana", "ana", "ana", "bo", "bo", "ana")) {
      apply(who, doc.edit(who.length(), edit -> edit.insertText("t", 0, who + " ")));
    }
    ListVersionsRequest all = ListVersionsRequest.newBuilder().setDocument("a").build();
    assertThat(list(all)).containsExactly("6-6 ana", "4-5 bo", "1-3 ana");
    as(
        "eve",
        NameVersionRequest.newBuilder().setDocument("a").setName("draft").setVersion(2).build(),
        NamedVersion.class);
    assertThat(list(all)).containsExactly("6-6 ana", "4-5 bo", "3-3 ana", "1-2 ana [draft]");
    ListVersionsResponse page =
        node.call(all.toBuilder().setPageSize(1).build(), ListVersionsResponse.class);
    assertThat(page.getVersionsCount()).isEqualTo(1);
    assertThat(list(all.toBuilder().setPageToken(page.getNextPageToken()).build()))
        .containsExactly("4-5 bo", "3-3 ana", "1-2 ana [draft]");
    assertThat(list(all.toBuilder().setPauseSeconds(0).build())).hasSize(6);
  }

  private List<String> list(ListVersionsRequest request) {
    List<String> versions = new ArrayList<>();
    for (Version each : node.call(request, ListVersionsResponse.class).getVersionsList()) {
      versions.add(
          "%d-%d %s%s"
              .formatted(
                  each.getFirstVersion(),
                  each.getVersion(),
                  each.getAuthor(),
                  each.getNamesCount() == 0 ? "" : " " + each.getNamesList()));
    }
    return versions;
  }

  @Test
  void comparingSaysWhoInsertedAndWhoDeletedWhat() {
    YDoc doc = new YDoc();
    apply("ana", doc.edit(1, edit -> edit.insertText("t", 0, "one two three")));
    apply("bo", doc.edit(2, edit -> edit.delete("t", 4, 4)));
    apply("eve", doc.edit(3, edit -> edit.insertText("t", 4, "2 ")));
    assertThat(compare(1, 3))
        .containsExactlyInAnyOrder(
            "KEPT one  ", "DELETED two  bo", "INSERTED 2  eve", "KEPT three ");
    assertThat(compare(0, 0))
        .containsExactly("INSERTED one  ana", "INSERTED 2  eve", "INSERTED three ana");
  }

  private List<String> compare(long from, long to) {
    return node
        .call(
            CompareVersionsRequest.newBuilder()
                .setDocument("a")
                .setRoot("t")
                .setFrom(from)
                .setTo(to)
                .build(),
            CompareVersionsResponse.class)
        .getChangesList()
        .stream()
        .map(change -> change.getKind() + " " + change.getText() + " " + change.getAuthor())
        .toList();
  }

  @Test
  void goingBackIsAnEditThatMergesWithWhatOthersDoMeanwhile() {
    List<String> were = typed(1_200, 1);
    YDoc client = YDoc.of(all(1_200));
    byte[] meanwhile = client.edit(7, edit -> edit.insertText("t", 0, "meanwhile "));
    RestoreVersionResponse restored =
        as("eve", Requests.restore("a", 700), RestoreVersionResponse.class);
    assertThat(text()).isEqualTo(were.get(700));
    assertThat(restored.getVersion()).isEqualTo(1_201);
    apply("bo", meanwhile);
    client.apply(restored.getUpdate().toByteArray());
    assertThat(text()).contains("meanwhile ").isEqualTo(client.text("t"));
    assertThat(text().replace("meanwhile ", "")).isEqualTo(were.get(700));
    // And back again.
    as("eve", Requests.restore("a", 1_200), RestoreVersionResponse.class);
    assertThat(text()).isEqualTo(were.get(1_200));
    ReadVersionResponse before = node.call(Requests.past("a", 1_201), ReadVersionResponse.class);
    assertThat(before.getContent()).isEqualTo(were.get(700));
    assertThat(before.getAuthor()).isEqualTo("eve");
  }

  private byte[] all(long version) {
    return node.call(
            ReadVersionRequest.newBuilder().setDocument("a").setVersion(version).build(),
            ReadVersionResponse.class)
        .getUpdate()
        .toByteArray();
  }

  @Test
  void historyIsBoundedAndWhatHasANameStays() {
    List<String> were = typed(1_000, 1);
    NameVersionRequest name =
        NameVersionRequest.newBuilder().setDocument("a").setName("first").setVersion(300).build();
    NamedVersion named = as("eve", name, NamedVersion.class);
    assertThat(named.getAuthor()).isEqualTo("eve");
    assertThat(node.call(name, NamedVersion.class)).isEqualTo(named);
    assertThatThrownBy(() -> node.call(name.toBuilder().setVersion(9).build(), NamedVersion.class))
        .hasMessageContaining("stands for version 300");
    HistoryRule rule = HistoryRule.newBuilder().setMaxBytes(100_000).build();
    node.call(
        SetHistoryRequest.newBuilder().setDocument("a").setHistory(rule).build(), Document.class);
    long most = 0;
    for (int i = 2; i < 6; i++) {
      typed(1_100, i);
      most = Math.max(most, figures().getHistoryBytes());
    }
    assertThat(most).isLessThan(300_000);
    long oldest = figures().getOldestVersion();
    assertThat(oldest).isGreaterThan(1_000);
    assertThat(past(oldest)).isNotEmpty();
    assertThatThrownBy(() -> past(oldest - 1)).hasMessageContaining("history has versions");
    ReadVersionRequest byName =
        ReadVersionRequest.newBuilder().setDocument("a").setRoot("t").setName("first").build();
    assertThat(node.call(byName, ReadVersionResponse.class).getContent()).isEqualTo(were.get(300));
    node.close();
    open();
    ListNamesRequest names = ListNamesRequest.newBuilder().setDocument("a").build();
    assertThat(node.call(names, ListNamesResponse.class).getNamesList()).containsExactly(named);
    RemoveNameRequest remove =
        RemoveNameRequest.newBuilder().setDocument("a").setName("first").build();
    node.call(remove, Message.class);
    assertThatThrownBy(() -> node.call(byName, ReadVersionResponse.class))
        .isInstanceOfSatisfying(Failure.class, e -> assertThat(e.code()).isEqualTo(Code.NOT_FOUND));
  }

  private Document keep(HistoryRule rule) {
    return node.call(
        SetHistoryRequest.newBuilder().setDocument("a").setHistory(rule).build(), Document.class);
  }

  /** From a version on everything is read as it was, and nothing before it. */
  private void assertKeptFrom(long oldest, List<String> were) {
    int newest = were.size() - 1;
    for (long version = oldest; version < newest; version += 61) {
      assertThat(past(version)).as("version " + version).isEqualTo(were.get((int) version));
    }
    assertThat(past(newest)).isEqualTo(were.getLast());
    assertThatThrownBy(() -> past(oldest - 1))
        .hasMessageContaining("history has versions %d to %d".formatted(oldest, newest));
  }

  @Test
  void asManyUpdatesAreKeptAsTheRuleSays() {
    List<String> were = typed(2_500, 1);
    assertThat(keep(HistoryRule.newBuilder().setMaxUpdates(2_500).build()).getOldestVersion())
        .isZero();
    HistoryRule rule = HistoryRule.newBuilder().setMaxUpdates(1_500).build();
    long oldest = keep(rule).getOldestVersion();
    // It goes up to a snapshot, so fewer may be left.
    assertThat(oldest).isBetween(1_000L, 2_499L);
    assertKeptFrom(oldest, were);
    // From now on it goes as the document is merged.
    typed(1_500, 2);
    assertThat(figures().getOldestVersion()).isGreaterThan(oldest);
    assertThat(figures().getVersion() - figures().getOldestVersion()).isLessThan(3_000);
  }

  @Test
  void whatIsOlderThanTheRuleSaysIsLetGoOf() {
    List<String> were = typed(1_200, 1);
    HistoryRule anHour = HistoryRule.newBuilder().setMaxAgeSeconds(3_600).build();
    assertThat(keep(anHour).getOldestVersion()).isZero();
    HistoryRule aSecond = HistoryRule.newBuilder().setMaxAgeSeconds(1).build();
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    long oldest = 0;
    while (oldest == 0) {
      assertThat(System.nanoTime()).as("something grows old").isLessThan(endNs);
      oldest = keep(aSecond).getOldestVersion();
    }
    assertThat(oldest).isLessThan(1_200);
    assertKeptFrom(oldest, were);
    assertThat(text()).isEqualTo(were.getLast());
  }
}
