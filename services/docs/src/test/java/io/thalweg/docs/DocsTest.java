package io.thalweg.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.docs.v1.ApplyUpdateRequest;
import io.thalweg.docs.v1.ApplyUpdateResponse;
import io.thalweg.docs.v1.CreateDocumentRequest;
import io.thalweg.docs.v1.Delete;
import io.thalweg.docs.v1.DeleteDocumentResponse;
import io.thalweg.docs.v1.DiffDocumentResponse;
import io.thalweg.docs.v1.Document;
import io.thalweg.docs.v1.DocumentEvent;
import io.thalweg.docs.v1.EditDocumentResponse;
import io.thalweg.docs.v1.EditStep;
import io.thalweg.docs.v1.Encoding;
import io.thalweg.docs.v1.Form;
import io.thalweg.docs.v1.InsertText;
import io.thalweg.docs.v1.InsertType;
import io.thalweg.docs.v1.InsertValues;
import io.thalweg.docs.v1.ListDocumentsRequest;
import io.thalweg.docs.v1.ListDocumentsResponse;
import io.thalweg.docs.v1.PathElement;
import io.thalweg.docs.v1.ReadDocumentResponse;
import io.thalweg.docs.v1.SetEntry;
import io.thalweg.docs.v1.SetType;
import io.thalweg.docs.v1.TypeKind;
import io.thalweg.docs.v1.WatchDocumentRequest;
import io.thalweg.docs.yjs.StateVector;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.WatchStream;
import io.thalweg.testkit.TestEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the service promises, on a node. */
class DocsTest {
  @TempDir Path data;
  private Node node;

  @BeforeEach
  void open() {
    node = TestEngine.open(data, Docs.TYPE);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private void restart(ServiceType type) {
    node.close();
    node = TestEngine.open(data, type);
  }

  private ApplyUpdateResponse apply(String document, byte[] update) {
    return node.call(Requests.apply(document, update), ApplyUpdateResponse.class);
  }

  private String text(String document) {
    return node.call(Requests.text(document), ReadDocumentResponse.class).getContent();
  }

  private Document figures(String document) {
    return node.call(Requests.get(document), Document.class);
  }

  private Failure refusal(Message request) {
    try {
      throw new AssertionError("not refused: " + node.call(request, Message.class));
    } catch (Failure e) {
      return e;
    }
  }

  @Test
  void updatesThatWereAnsweredAreThereAfterARestart() {
    YDoc here = new YDoc();
    apply("a", here.edit(1, edit -> edit.insertText("t", 0, "Hello")));
    apply("a", here.edit(1, edit -> edit.insertText("t", 5, ", world")));
    restart(Docs.TYPE);
    assertThat(text("a")).isEqualTo("Hello, world");
    assertThat(figures("a").getVersion()).isEqualTo(2);
    assertThat(figures("a").getRootsList()).containsExactly("t");
  }

  @Test
  void theSameUpdateAgainWritesNothing() {
    byte[] update = new YDoc().edit(1, edit -> edit.insertText("t", 0, "x".repeat(2_000)));
    assertThat(apply("a", update).getChanged()).isTrue();
    assertThat(apply("a", update).getChanged()).isFalse();
    assertThat(apply("a", new byte[] {0, 0}).getChanged()).isFalse();
    assertThat(figures("a").getVersion()).isEqualTo(1);
  }

  @Test
  void aClientThatComesBackWithAllItHasAddsOnlyWhatIsNew() {
    YDoc client = new YDoc();
    apply("a", client.edit(1, edit -> edit.insertText("t", 0, "x".repeat(5_000))));
    client.edit(1, edit -> edit.insertText("t", 0, "new "));
    assertThat(apply("a", client.encode()).getChanged()).isTrue();
    assertThat(text("a")).startsWith("new x");
    assertThat(figures("a").getTailBytes()).isLessThan(5_300);
  }

  @Test
  void whatComesTooEarlyWaitsAndSurvivesARestart() {
    YDoc client = new YDoc();
    byte[] first = client.edit(1, edit -> edit.insertText("t", 0, "one "));
    byte[] second = client.edit(1, edit -> edit.insertText("t", 4, "two"));
    assertThat(apply("a", second).getChanged()).isTrue();
    assertThat(figures("a").getWaiting()).isTrue();
    restart(Docs.TYPE);
    apply("a", first);
    assertThat(text("a")).isEqualTo("one two");
    assertThat(figures("a").getWaiting()).isFalse();
  }

  @Test
  void aLargeUpdateThatWaitsAlreadyIsNotLoggedAgain() {
    YDoc client = new YDoc();
    client.edit(1, edit -> edit.insertText("t", 0, "one "));
    byte[] second = client.edit(1, edit -> edit.insertText("t", 4, "x".repeat(1_000)));
    assertThat(apply("a", second).getChanged()).isTrue();
    assertThat(apply("a", second).getChanged()).isFalse();
    assertThat(figures("a").getVersion()).isEqualTo(1);
  }

  @Test
  void bytesThatAreNoUpdateAreRefusedAndChangeNothing() {
    apply("a", new YDoc().edit(1, edit -> edit.insertText("t", 0, "safe")));
    Failure refusal = refusal(Requests.apply("a", new byte[] {1, 2, 3, 4, 5}));
    assertThat(refusal.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refusal).hasMessageContaining("update").hasMessageContaining("must be an update");
    assertThat(text("a")).isEqualTo("safe");
    refusal = refusal(Requests.diff("a", new byte[] {9, 9}));
    assertThat(refusal.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refusal).hasMessageContaining("state_vector");
  }

  @Test
  void whatIsStoredStaysNearTheContentHoweverMuchIsTyped() {
    YDoc client = new YDoc();
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 6_000; i++) {
      int length = client.text("t").length();
      apply(
          "a",
          client.edit(
              1,
              edit -> {
                if (length > 200) {
                  edit.delete("t", random.nextInt(length - 100), 100);
                } else {
                  edit.insertText("t", random.nextInt(length + 1), "word ");
                }
              }));
    }
    Document stored = figures("a");
    long live = client.encode().length;
    assertThat(stored.getVersion()).isEqualTo(6_000);
    assertThat(stored.getMergedBytes()).isPositive();
    assertThat(stored.getMergedBytes() + stored.getTailBytes())
        .isLessThan(Math.max(3 * live, live + (160 << 10)));
    restart(Docs.TYPE);
    assertThat(text("a")).isEqualTo(client.text("t"));
    DiffDocumentResponse all = diff("a", new byte[0]);
    assertThat(StateVector.decode(all.getStateVector().toByteArray()))
        .isEqualTo(client.stateVector());
  }

  private DiffDocumentResponse diff(String document, byte[] stateVector) {
    return node.call(Requests.diff(document, stateVector), DiffDocumentResponse.class);
  }

  @Test
  void anUpdateThatIsLargerThanAnEventIsLoggedInPartsAndWatchedInOrder() throws Exception {
    String large = "0123456789".repeat(250_000);
    try (WatchStream watch =
        node.watch(
            new Request(
                WatchDocumentRequest.newBuilder().setDocument("a").build(),
                Caller.ANONYMOUS,
                null,
                Long.MAX_VALUE),
            null)) {
      byte[] update = new YDoc().edit(1, edit -> edit.insertText("t", 0, large));
      apply("a", update);
      YDoc[] seen = new YDoc[1];
      PartJoiner joiner = new PartJoiner(bytes -> seen[0] = YDoc.of(bytes));
      int parts = 0;
      while (seen[0] == null) {
        WatchStream.Item item = Objects.requireNonNull(watch.next(Duration.ofSeconds(60)));
        var event = ((DocumentEvent) item.message()).getDocumentUpdated();
        joiner.add(event.getUpdate(), event.getMore());
        parts++;
      }
      assertThat(parts).isGreaterThan(4);
      assertThat(seen[0].text("t")).isEqualTo(large);
    }
    restart(Docs.TYPE);
    assertThat(text("a")).isEqualTo(large);
    assertThat(figures("a").getVersion()).isEqualTo(1);
  }

  @Test
  void twoServersCopiesMergeByExchangingStateVectorsAlone() {
    YDoc ana = new YDoc();
    apply("here", ana.edit(1, edit -> edit.insertText("t", 0, "ana ")));
    YDoc bo = new YDoc();
    apply("there", bo.edit(2, edit -> edit.insertText("t", 0, "bo ")));
    byte[] toThere =
        diff("here", diff("there", new byte[0]).getStateVector().toByteArray())
            .getUpdate()
            .toByteArray();
    byte[] toHere =
        diff("there", diff("here", new byte[0]).getStateVector().toByteArray())
            .getUpdate()
            .toByteArray();
    apply("there", toThere);
    apply("here", toHere);
    assertThat(text("here")).isEqualTo(text("there")).contains("ana ", "bo ");
    assertThat(diff("here", new byte[0])).isEqualTo(diff("there", new byte[0]));
  }

  @Test
  void theServerEditsAsOneClientHoweverOften() {
    for (int i = 0; i < 20; i++) {
      node.call(Requests.insert("a", i, "x"), EditDocumentResponse.class);
      if (i == 10) {
        restart(Docs.TYPE);
      }
    }
    assertThat(text("a")).isEqualTo("x".repeat(20));
    byte[] vector = diff("a", new byte[0]).getStateVector().toByteArray();
    assertThat(StateVector.decode(vector).clocks()).hasSize(1);
  }

  @Test
  void editsAndReadsOfEveryKind() {
    EditStep.Builder list = EditStep.newBuilder().setRoot("list");
    EditStep.Builder map = EditStep.newBuilder().setRoot("map");
    node.call(
        Requests.edit(
            "a",
            list.setInsertValues(InsertValues.newBuilder().setJson("[1,\"two\",{\"x\":null}]"))
                .build(),
            map.setSetEntry(SetEntry.newBuilder().setKey("k").setJson("[true]")).build(),
            EditStep.newBuilder()
                .setRoot("t")
                .setInsertText(InsertText.newBuilder().setText("hello"))
                .build(),
            EditStep.newBuilder()
                .setRoot("t")
                .setDelete(Delete.newBuilder().setIndex(1).setLength(3))
                .build()),
        EditDocumentResponse.class);
    assertThat(read("list", Form.JSON)).isEqualTo("[1,\"two\",{\"x\":null}]");
    assertThat(read("map", Form.JSON)).isEqualTo("{\"k\":[true]}");
    assertThat(read("t", Form.DELTA)).isEqualTo("[{\"insert\":\"ho\"}]");
    assertThat(read("nothing", Form.XML)).isEmpty();
  }

  private String read(String root, Form form) {
    return node.call(Requests.read("a", root, form), ReadDocumentResponse.class).getContent();
  }

  @Test
  void anEditThatIsRefusedInTheMiddleLeavesNothingBehind() {
    node.call(Requests.insert("a", 0, "abc"), EditDocumentResponse.class);
    EditStep good =
        EditStep.newBuilder()
            .setRoot("t")
            .setInsertText(InsertText.newBuilder().setText("no"))
            .build();
    EditStep bad =
        EditStep.newBuilder()
            .setRoot("t")
            .setDelete(Delete.newBuilder().setIndex(9).setLength(1))
            .build();
    Failure refusal = refusal(Requests.edit("a", good, bad));
    assertThat(refusal.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refusal).hasMessageContaining("steps[1]");
    assertThat(text("a")).isEqualTo("abc");
    assertThat(figures("a").getVersion()).isEqualTo(1);
  }

  @Test
  void aFullDocumentTakesDeletionsOnlyAndSaysSo() {
    restart(Docs.of(new Limits(10_000, 5_000, 20_000)));
    YDoc client = new YDoc();
    apply("a", client.edit(1, edit -> edit.insertText("t", 0, "x".repeat(9_900))));
    Failure refusal =
        refusal(
            Requests.apply("a", new YDoc().edit(2, e -> e.insertText("t", 0, "y".repeat(200)))));
    assertThat(refusal.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(refusal).hasMessageContaining("10000 bytes");
    apply("a", client.edit(1, edit -> edit.delete("t", 0, 9_000)));
    apply("a", new YDoc().edit(2, edit -> edit.insertText("t", 0, "y".repeat(200))));
    assertThat(text("a")).hasSize(1_100);
  }

  @Test
  void anUpdateOverItsBoundIsRefusedNamingFieldAndBound() {
    Failure refusal = refusal(Requests.apply("a", new byte[Bounds.MAX_UPDATE_BYTES + 1]));
    assertThat(refusal.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(refusal).hasMessageContaining("update").hasMessageContaining("3145728");
  }

  @Test
  void updatesOfBothEncodingsAreTakenAndGiven() {
    YDoc client = new YDoc();
    client.edit(1, edit -> edit.insertText("t", 0, "second"));
    ApplyUpdateRequest request =
        Requests.apply("a", client.encodeV2(StateVector.EMPTY)).toBuilder()
            .setEncoding(Encoding.V2)
            .build();
    node.call(request, ApplyUpdateResponse.class);
    assertThat(text("a")).isEqualTo("second");
    byte[] second =
        node.call(
                Requests.diff("a", new byte[0]).toBuilder().setEncoding(Encoding.V2).build(),
                DiffDocumentResponse.class)
            .getUpdate()
            .toByteArray();
    assertThat(second).isEqualTo(client.encodeV2(StateVector.EMPTY));
  }

  @Test
  void aDeletedDocumentStaysDeletedWhateverCopiesComeBack() {
    YDoc copy = new YDoc();
    apply("a", copy.edit(1, edit -> edit.insertText("t", 0, "old")));
    assertThat(node.call(Requests.delete("a"), DeleteDocumentResponse.class).getDeleted()).isTrue();
    assertThat(node.call(Requests.delete("a"), DeleteDocumentResponse.class).getDeleted())
        .isFalse();
    assertThat(refusal(Requests.get("a")).code()).isEqualTo(Code.NOT_FOUND);
    assertDeleted(Requests.apply("a", copy.encode()));
    assertDeleted(Requests.insert("a", 0, "x"));
    assertDeleted(Requests.diff("a", new byte[0]));
    restart(Docs.TYPE);
    CreateDocumentRequest create = CreateDocumentRequest.newBuilder().setDocument("a").build();
    assertThat(node.call(create, Document.class).getGeneration()).isEqualTo(1);
    // The old copy, what is typed into it, and what it says that it has.
    assertDeleted(Requests.apply("a", copy.encode()));
    assertDeleted(Requests.apply("a", copy.edit(2, edit -> edit.insertText("t", 3, "er"))));
    assertDeleted(Requests.apply("a", copy.edit(1, edit -> edit.delete("t", 0, 1))));
    assertDeleted(Requests.diff("a", copy.stateVector().encode()));
    apply("a", new YDoc().edit(3, edit -> edit.insertText("t", 0, "new")));
    assertThat(text("a")).isEqualTo("new");
    assertThat(figures("a").getVersion()).isEqualTo(1);
    node.call(Requests.delete("a"), DeleteDocumentResponse.class);
    node.call(Requests.delete("a").toBuilder().setForget(true).build(), Message.class);
    apply("a", copy.encode());
    assertThat(text("a")).isEqualTo("lder");
  }

  private void assertDeleted(Message request) {
    Failure refusal = refusal(request);
    assertThat(refusal.code()).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(refusal).hasMessageContaining("deleted");
  }

  @Test
  void aDocumentIsNotUpdatedMoreOftenThanItMayAndSaysHowOften() {
    restart(Docs.of(new Limits(10_000, 1, 5)));
    Failure refusal = null;
    int taken = 0;
    for (int i = 0; i < 1_000 && refusal == null; i++) {
      int client = i;
      try {
        apply("a", new YDoc().edit(client, edit -> edit.insertText("t", 0, "x")));
        taken++;
      } catch (Failure e) {
        refusal = e;
      }
    }
    assertThat(taken).isBetween(5, 999);
    assertThat(refusal).hasMessageContaining("at most 1 updates a second, and 5 at once");
    assertThat(text("a")).hasSize(taken);
    apply("b", new YDoc().edit(1, edit -> edit.insertText("t", 0, "x")));
  }

  @Test
  void typesInTypesAreMadeAndChangedByPath() {
    PathElement key = PathElement.newBuilder().setKey("list").build();
    PathElement first = PathElement.newBuilder().setIndex(0).build();
    EditStep.Builder map = EditStep.newBuilder().setRoot("map");
    node.call(
        Requests.edit(
            "a",
            map.setSetType(
                    SetType.newBuilder()
                        .setKey("list")
                        .setType(TypeKind.newBuilder().setKind(TypeKind.Kind.ARRAY)))
                .build(),
            map.addPath(key)
                .setInsertType(
                    InsertType.newBuilder()
                        .setType(TypeKind.newBuilder().setKind(TypeKind.Kind.TEXT)))
                .build(),
            map.addPath(first).setInsertText(InsertText.newBuilder().setText("deep")).build()),
        EditDocumentResponse.class);
    assertThat(read("map", Form.JSON)).isEqualTo("{\"list\":[\"deep\"]}");
    EditStep astray =
        EditStep.newBuilder()
            .setRoot("map")
            .addPath(first)
            .setInsertText(InsertText.newBuilder().setText("x"))
            .build();
    assertThat(refusal(Requests.edit("a", astray))).hasMessageContaining("steps[0]");
  }

  @Test
  void documentsAreListedByNameAndProjectsDoNotSeeEachOther() {
    for (String name : new String[] {"b", "a", "c"}) {
      apply(name, new YDoc().edit(1, edit -> edit.insertText("t", 0, name)));
    }
    ListDocumentsResponse first =
        node.call(
            ListDocumentsRequest.newBuilder().setPageSize(2).build(), ListDocumentsResponse.class);
    assertThat(first.getDocumentsList())
        .extracting(Document::getDocument)
        .containsExactly("a", "b");
    assertThat(first.getNextPageToken()).isNotEmpty();
    Caller other = new Caller(1, "");
    assertThatExceptionOfType(Failure.class)
        .isThrownBy(() ->
            node.call(
                new Request(Requests.text("a"), other, null, Long.MAX_VALUE),
                ReadDocumentResponse.class))
        .matches(e -> e.code() == Code.NOT_FOUND);
  }
}
