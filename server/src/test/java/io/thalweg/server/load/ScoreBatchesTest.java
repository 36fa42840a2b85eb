package io.thalweg.server.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.leaderboard.v1.Score;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ScoreBatchesTest {
  @TempDir Path folder = Path.of("");

  private static final RowMapping POINTS = new RowMapping("who", null, "points", Map.of());

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static List<ScoreBatch> read(SourceFile file, RowMapping mapping, long mark, int most)
      throws BadInput, IOException {
    List<ScoreBatch> all = new ArrayList<>();
    try (RowReader rows = file.rows(mapping.columns())) {
      ScoreBatches batches = new ScoreBatches(file, rows, mapping, mark, most);
      for (ScoreBatch next = batches.next(); next != null; next = batches.next()) {
        all.add(next);
      }
    }
    return all;
  }

  private static Score score(String member, double points) {
    return Score.newBuilder().setMember(member).setScore(points).build();
  }

  @Test
  void csvTsvAndJsonLinesGiveTheSameRows() throws Exception {
    List<ScoreBatch> expected =
        List.of(
            new ScoreBatch(0, 2, List.of(score("José \"Pepe\"", 1), score("a,b", -2.5))),
            new ScoreBatch(2, 3, List.of(score("c", 3))));
    Path csv =
        file("a.csv", "who,points\r\n\"José \"\"Pepe\"\"\",1\r\n\"a,b\",-2.5\r\n\r\nc,3\r\n");
    Path tsv = file("a.tsv", "\uFEFFpoints\twho\n1\tJosé \"Pepe\"\n-2.5\ta,b\n3\tc\n");
    Path json =
        file(
            "a.jsonl",
            """
            {"who":"José \\"Pepe\\"","points":1,"more":{"points":7}}

            {"points":"-2.5","who":"a,b"}
            {"who":"c","points":3.0}
            """);

    assertThat(read(new SourceFile(csv, Format.CSV), POINTS, 0, 2)).isEqualTo(expected);
    assertThat(read(new SourceFile(tsv, Format.TSV), POINTS, 0, 2)).isEqualTo(expected);
    assertThat(read(new SourceFile(json, Format.JSONL), POINTS, 0, 2)).isEqualTo(expected);
  }

  @Test
  void gzipIsToldByContentAndIsTheSameSource() throws Exception {
    Path plain = file("a.csv", "who,points\na,1\n");
    Path packed = folder.resolve("packed.csv");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      Files.copy(plain, out);
    }
    SourceFile one = new SourceFile(plain, Format.CSV);
    SourceFile two = new SourceFile(packed, Format.CSV);

    assertThat(read(two, POINTS, 0, 10)).isEqualTo(read(one, POINTS, 0, 10)).hasSize(1);
    assertThat(SourceId.of(two, POINTS)).isEqualTo(SourceId.of(one, POINTS)).hasSize(64);
    assertThat(SourceId.of(one, new RowMapping("who", 1.0, null, Map.of())))
        .isNotEqualTo(SourceId.of(one, POINTS));
    assertThat(SourceId.of(one, new RowMapping("who", null, "points", Map.of("a", "b"))))
        .isNotEqualTo(SourceId.of(one, POINTS));
  }

  /** Whatever rows count, wherever a load was cut: every one that counts is in one batch. */
  @Property(tries = 300)
  void batchesCoverEveryRowOnceFromAnyMark(
      @ForAll @Size(max = 40) List<Boolean> rows,
      @ForAll @IntRange(min = 1, max = 5) int most,
      @ForAll @IntRange(max = 40) int mark)
      throws Exception {
    StringBuilder csv = new StringBuilder("who,points,ok\n");
    for (int i = 1; i <= rows.size(); i++) {
      csv.append("m,").append(i).append(',').append(rows.get(i - 1) ? "y" : "n").append('\n');
    }
    Path path = Files.writeString(Files.createTempFile("rows", ".csv"), csv);
    try {
      RowMapping mapping = new RowMapping("who", null, "points", Map.of("ok", "y"));
      long at = mark;
      List<Integer> seen = new ArrayList<>();
      for (ScoreBatch batch : read(new SourceFile(path, Format.CSV), mapping, mark, most)) {
        assertThat(batch.afterRow()).isEqualTo(at);
        assertThat(batch.lastRow()).isGreaterThan(at);
        assertThat(batch.scores()).hasSizeBetween(1, most);
        at = batch.lastRow();
        for (Score score : batch.scores()) {
          assertThat((long) score.getScore()).isBetween(batch.afterRow() + 1, batch.lastRow());
          seen.add((int) score.getScore());
        }
      }
      List<Integer> expected = new ArrayList<>();
      for (int i = mark + 1; i <= rows.size(); i++) {
        if (rows.get(i - 1)) {
          expected.add(i);
        }
      }
      assertThat(seen).isEqualTo(expected);
      if (!seen.isEmpty()) {
        assertThat(at).as("the last batch reaches to the end").isEqualTo(rows.size());
      }
    } finally {
      Files.delete(path);
    }
  }

  @Test
  void aBadRowIsNamedByFileLineAndColumnAfterTheFullBatchBeforeIt() throws Exception {
    Path path = file("a.csv", "who,points\na,1\nb,2\n\"c\nd\",3\ne,many\n");
    SourceFile file = new SourceFile(path, Format.CSV);
    try (RowReader rows = file.rows(POINTS.columns())) {
      ScoreBatches batches = new ScoreBatches(file, rows, POINTS, 0, 3);

      assertThat(batches.next())
          .isEqualTo(new ScoreBatch(0, 3, List.of(score("a", 1), score("b", 2), score("c\nd", 3))));
      assertThatThrownBy(batches::next)
          .isInstanceOf(BadInput.class)
          .hasMessage(path + ", line 6, column 'points': must be a finite number, got 'many'");
    }
  }

  @Test
  void whatCannotBeLoadedIsRefusedWithItsPlace() throws Exception {
    String longName = "x".repeat(129);
    refuses("who,points\n,1\n", "line 2, column 'who': a member must have 1 to 128 bytes");
    refuses("who,points\n" + longName + ",1\n", "line 2, column 'who'");
    refuses("who,points\na,NaN\n", "line 2, column 'points': must be a finite number, got 'NaN'");
    refuses("who,points\na,1e999\n", "line 2, column 'points'");
    refuses("who,points\na,0x1p3\n", "line 2, column 'points'");
    refuses("who,points\na,1\nb\n", "line 3: the row has 1 values, the header has 2 columns");
    refuses("who,score\na,1\n", "no column 'points'; its columns are who, score");
    refuses("who,points,who\na,1,b\n", "more than one column 'who'");
    refuses("", "is empty: it has no header line");
    refuses("who,points\n\"a,1\n", "line ");
    refuses(
        "who,points\n\"" + "a\n".repeat(RecordBound.MAX_RECORD_CHARS), "is a quote never closed?");
  }

  private void refuses(String csv, String problem) throws IOException {
    Path path = file("bad.csv", csv);
    assertThatThrownBy(() -> read(new SourceFile(path, Format.CSV), POINTS, 0, 10))
        .isInstanceOf(BadInput.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(problem);
  }

  @Test
  void brokenBytesAreTheFilesFaultNotTheDisks() throws Exception {
    Path latin = folder.resolve("latin.csv");
    Files.write(
        latin, new byte[] {'w', 'h', 'o', ',', 'p', 'o', 'i', 'n', 't', 's', '\n', (byte) 0xE9});
    assertThatThrownBy(() -> read(new SourceFile(latin, Format.CSV), POINTS, 0, 10))
        .isInstanceOf(BadInput.class)
        .hasMessageContaining("not UTF-8");

    Path cut = folder.resolve("cut.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(cut))) {
      out.write(("who,points\n" + "a,1\n".repeat(1000)).getBytes(StandardCharsets.UTF_8));
    }
    byte[] bytes = Files.readAllBytes(cut);
    Files.write(cut, Arrays.copyOf(bytes, bytes.length - 12));
    assertThatThrownBy(() -> read(new SourceFile(cut, Format.CSV), POINTS, 0, 10))
        .isInstanceOf(BadInput.class)
        .hasMessageContaining("gzip");

    Path json = file("bad.jsonl", "{\"who\":\"a\",\"points\":1}\n{\"who\":\n");
    assertThatThrownBy(() -> read(new SourceFile(json, Format.JSONL), POINTS, 0, 10))
        .isInstanceOf(BadInput.class)
        .hasMessageStartingWith(json + ", line 2: not JSON");
  }
}
