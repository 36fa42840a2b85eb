package io.thalweg.docs.yjs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class YDocTest {
  @Test
  void whoWasOfflineForDaysMergesOnReturn() {
    YDoc server = new YDoc();
    server.edit(1, edit -> edit.insertText("t", 0, "the quick fox"));
    YDoc laptop = YDoc.of(server.encode());
    laptop.edit(2, edit -> edit.insertText("t", 10, "brown "));
    laptop.edit(2, edit -> edit.delete("t", 0, 4));
    server.edit(1, edit -> edit.insertText("t", 13, " jumps"));

    byte[] forServer = laptop.encode(server.stateVector());
    byte[] forLaptop = server.encode(laptop.stateVector());
    server.apply(forServer);
    laptop.apply(forLaptop);

    assertThat(server.text("t")).isEqualTo("quick brown fox jumps").isEqualTo(laptop.text("t"));
    assertThat(server.encode()).isEqualTo(laptop.encode());
  }

  @Test
  void copiesThatExchangeStateVectorsAloneAreEqual() {
    for (int seed = 0; seed < 50; seed++) {
      RandomEdits edits = new RandomEdits(new Random(seed), 4);
      edits.run(100);
      List<YDoc> docs = edits.docs();
      // In a ring, twice round: everything reaches everybody.
      for (int i = 0; i < 2 * docs.size(); i++) {
        YDoc from = docs.get(i % docs.size());
        YDoc to = docs.get((i + 1) % docs.size());
        to.apply(from.encode(to.stateVector()));
      }
      for (YDoc doc : docs) {
        assertThat(doc.isWaiting()).as("seed %d", seed).isFalse();
        assertThat(doc.encode()).as("seed %d", seed).isEqualTo(docs.getFirst().encode());
      }
    }
  }

  @Test
  void whatComesTooEarlyWaitsAlsoInWhatIsWritten() {
    YDoc writer = new YDoc();
    byte[] first = writer.edit(1, edit -> edit.insertText("t", 0, "a"));
    byte[] second = writer.edit(1, edit -> edit.insertText("t", 1, "b"));
    byte[] deleted = writer.edit(1, edit -> edit.delete("t", 0, 1));

    YDoc reader = new YDoc();
    assertThat(reader.apply(deleted)).isFalse();
    assertThat(reader.apply(second)).isFalse();
    assertThat(reader.isWaiting()).isTrue();
    YDoc restarted = YDoc.of(reader.encode());
    assertThat(restarted.isWaiting()).isTrue();
    assertThat(restarted.apply(first)).isTrue();
    assertThat(restarted.text("t")).isEqualTo("b");
    assertThat(restarted.isWaiting()).isFalse();
    assertThat(restarted.encode()).isEqualTo(writer.encode());
  }

  @Test
  void aForgedRunThatWaitsDoesNotStandInForWhatIsHere() {
    YDoc doc = new YDoc();
    doc.edit(1, edit -> edit.insertText("t", 0, "ab"));
    doc.edit(1, edit -> edit.insertText("t", 0, "cd"));
    Item forged = new Item(1, 1, new Content.Deleted(50));
    forged.origin(1, 0);
    forged.rightOrigin(99, 0);
    Update update =
        new Update(new TreeMap<>(Map.of(1L, new ArrayList<>(List.of(forged)))), new DeleteSet());
    doc.apply(update.encode());
    assertThat(doc.isWaiting()).isTrue();
    assertThat(doc.text("t")).isEqualTo("cdab");
    assertThat(YDoc.of(doc.encode()).text("t")).isEqualTo("cdab");
  }

  @Test
  void twoWhoTypeAtOnePlaceAtTheSameTimeKeepTheirWordsWhole() {
    YDoc one = new YDoc();
    YDoc other = new YDoc();
    for (int i = 0; i < 5; i++) {
      int at = i;
      one.edit(1, edit -> edit.insertText("t", at, "a"));
      other.edit(2, edit -> edit.insertText("t", at, "b"));
    }
    one.apply(other.encode());
    other.apply(one.encode());
    assertThat(one.text("t")).isEqualTo("aaaaabbbbb").isEqualTo(other.text("t"));
  }

  @Test
  void halvesOfAPairAreNeverText() {
    YDoc doc = new YDoc();
    doc.edit(1, edit -> edit.insertText("t", 0, "x😀y"));
    doc.edit(1, edit -> edit.delete("t", 1, 1));
    assertThat(doc.text("t")).isEqualTo("x\ufffdy");
    assertThat(YDoc.of(doc.encode()).text("t")).isEqualTo("x\ufffdy");
  }

  @Test
  void whatWasTypedAndDeletedLeavesNoTraceButItsLength() {
    YDoc doc = new YDoc();
    for (int i = 0; i < 1_000; i++) {
      int at = i;
      doc.edit(1, edit -> edit.insertText("t", at, "x"));
    }
    for (int i = 999; i >= 0; i--) {
      int at = i;
      doc.edit(1, edit -> edit.delete("t", at, 1));
    }
    assertThat(doc.structCount()).isEqualTo(1);
    assertThat(doc.encode()).hasSizeLessThan(20);
  }

  @Test
  void mapsAndListsAreReadAsTheyWereWritten() {
    YDoc doc = new YDoc();
    doc.edit(
        1,
        edit -> {
          edit.insertValues("a", 0, List.of("x", 2.5, true, Map.of("k", List.of(1, 2))));
          edit.set("m", "name", "Ada");
          edit.set("m", "gone", 1);
          edit.set("m", "name", "Grace");
          edit.remove("m", "gone");
        });
    YDoc copy = YDoc.of(doc.encode());
    assertThat(copy.json("a")).isEqualTo("[\"x\",2.5,true,{\"k\":[1,2]}]");
    assertThat(copy.json("m")).isEqualTo("{\"name\":\"Grace\"}");
  }

  @Test
  void typesNestedDeeplyAreDeletedWithoutRecursion() {
    // A map in a map in a map...: each item is in the map that the one before it holds.
    int depth = 100_000;
    ByteWriter update = new ByteWriter();
    update.writeVarUint(1).writeVarUint(depth).writeVarUint(9).writeVarUint(0);
    for (int i = 0; i < depth; i++) {
      update.writeByte(0x27);
      if (i == 0) {
        update.writeVarUint(1).writeString("m");
      } else {
        update.writeVarUint(0).writeVarUint(9).writeVarUint(i - 1);
      }
      update.writeString("k").writeVarUint(1);
    }
    update.writeVarUint(0);
    YDoc doc = YDoc.of(update.toBytes());
    assertThat(doc.structCount()).isEqualTo(depth);
    doc.edit(1, edit -> edit.remove("m", "k"));
    assertThat(doc.structCount()).isEqualTo(2);
  }

  @Test
  void positionsOutsideAreRefused() {
    YDoc doc = new YDoc();
    assertThatThrownBy(() -> doc.edit(1, edit -> edit.insertText("t", 1, "a")))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("index 1 of 0");
    assertThatThrownBy(() -> doc.edit(1, edit -> edit.delete("t", 0, 1)))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("1 units from 0 on, of 0");
    assertThatThrownBy(() -> doc.edit(-1, edit -> {})).hasMessageContaining("client");
  }

  @Test
  void announcementsWithoutBytesAreRefusedBeforeAnythingIsMade() {
    byte[] many = new ByteWriter().writeVarUint(1).writeVarUint(1L << 40).toBytes();
    assertThatThrownBy(() -> Update.decode(many))
        .isInstanceOf(MalformedUpdateException.class)
        .hasMessageContaining("structs");
    byte[] clock =
        new ByteWriter()
            .writeVarUint(1)
            .writeVarUint(1)
            .writeVarUint(5)
            .writeVarUint(Integer.MAX_VALUE)
            .writeByte(0)
            .writeVarUint(2)
            .writeVarUint(0)
            .toBytes();
    assertThatThrownBy(() -> Update.decode(clock)).hasMessageContaining("2147483647");
    assertThatThrownBy(() -> Update.decode(new byte[] {0, 0, 0})).hasMessageContaining("too many");
    assertThatThrownBy(() -> Update.decode(new byte[] {0})).hasMessageContaining("too early");
  }
}
