package io.thalweg.docs.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Going back is an edit: it ends with what was, and merges with what others do meanwhile. */
class RestorationTest {
  private static final int CASES = 300;

  @Test
  void anyEarlierStateIsMadeAgainByAnUpdateThatOthersTake() {
    for (int seed = 0; seed < CASES; seed++) {
      RandomEdits edits = new RandomEdits(new Random(seed), 3);
      edits.run(40);
      YDoc earlier = YDoc.of(merged(edits.updates()));
      edits.run(40);
      YDoc now = YDoc.of(merged(edits.updates()));
      YDoc other = YDoc.of(now.encode());
      byte[] update = now.restore(99, earlier);
      other.apply(update);
      for (YDoc doc : List.of(now, other, YDoc.of(now.encode()))) {
        assertThat(units(doc)).as("seed " + seed).isEqualTo(units(earlier));
        assertThat(doc.list("a")).as("seed " + seed).isEqualTo(earlier.list("a"));
        assertThat(doc.map("m")).as("seed " + seed).isEqualTo(earlier.map("m"));
      }
      assertThat(now.restore(99, YDoc.of(now.encode()))).isEqualTo(Update.empty());
    }
  }

  /** The text; where somebody cut a pair of surrogates its halves are gone, in Yjs too. */
  private static String units(YDoc doc) {
    return doc.text("t").replaceAll("[\\x{fffd}\\x{10000}-\\x{10ffff}]", "");
  }

  private static byte[] merged(List<byte[]> updates) {
    return Update.merged(updates.stream().map(Update::decode).toList()).encode();
  }

  @Test
  void typesInTypesComeBackWhole() {
    YDoc doc = new YDoc();
    YPlace list = YPlace.of("m").key("list");
    doc.edit(
        1,
        edit -> {
          edit.setType(YPlace.of("m"), "list", YKind.ARRAY, "");
          edit.insertType(list, 0, YKind.MAP, "");
          edit.set(list.index(0), "k", "v");
          edit.insertType(YPlace.of("x"), 0, YKind.XML_ELEMENT, "p");
          edit.set(YPlace.of("x").index(0), "class", "big");
          edit.insertType(YPlace.of("x").index(0), 0, YKind.XML_TEXT, "");
          edit.insertText(YPlace.of("x").index(0).index(0), 0, "words");
        });
    YDoc earlier = YDoc.of(doc.encode());
    doc.edit(
        2,
        edit -> {
          edit.remove("m", "list");
          edit.set("m", "new", 1.0);
          edit.delete(YPlace.of("x").index(0).index(0), 1, 3);
          edit.insertText(YPlace.of("x").index(0).index(0), 2, "!");
        });
    doc.restore(3, earlier);
    assertThat(doc.json("m")).isEqualTo("{\"list\":[{\"k\":\"v\"}]}");
    assertThat(doc.xml("x")).isEqualTo("<p class=\"big\">words</p>");
    doc.edit(2, edit -> edit.delete("x", 0, 1));
    doc.restore(3, earlier);
    assertThat(doc.xml("x")).isEqualTo("<p class=\"big\">words</p>");
  }

  @Test
  void whatSomebodyTypesMeanwhileIntoWhatStaysIsNotLost() {
    YDoc server = new YDoc();
    server.edit(1, edit -> edit.insertText("t", 0, "one two three"));
    YDoc earlier = YDoc.of(server.encode());
    server.edit(1, edit -> edit.delete("t", 4, 4));
    YDoc client = YDoc.of(server.encode());
    byte[] meanwhile = client.edit(2, edit -> edit.insertText("t", 9, "!"));
    byte[] restored = server.restore(3, earlier);
    server.apply(meanwhile);
    client.apply(restored);
    assertThat(server.text("t")).isEqualTo("one two three!");
    assertThat(client.text("t")).isEqualTo(server.text("t"));
  }

  @Test
  void theFirstStateIsEmpty() {
    YDoc doc = new YDoc();
    doc.edit(1, edit -> edit.insertText("t", 0, "words"));
    doc.restore(2, new YDoc());
    assertThat(doc.text("t")).isEmpty();
  }

  @Test
  void piecesSayWhatBecameOfAText() {
    YDoc doc = new YDoc();
    doc.edit(1, edit -> edit.insertText("t", 0, "one two"));
    YDoc earlier = YDoc.of(doc.encode());
    doc.edit(2, edit -> edit.insertText("t", 7, " three"));
    doc.edit(3, edit -> edit.delete("t", 0, 4));
    List<String> pieces = new ArrayList<>();
    doc.piecesSince(earlier, "t").forEach(piece -> pieces.add(piece.kind() + " " + piece.text()));
    assertThat(pieces).containsExactly("DELETED one ", "KEPT two", "INSERTED  three");
  }
}
