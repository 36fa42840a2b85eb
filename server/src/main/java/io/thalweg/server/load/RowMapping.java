package io.thalweg.server.load;

import io.thalweg.leaderboard.v1.Score;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a row means: who scores how much, and which rows count.
 *
 * @param memberColumn holds the member's name
 * @param fixedScore the score of every row; null: it stands in {@code scoreColumn}
 * @param scoreColumn holds the score, where {@code fixedScore} is null
 * @param where a row counts if each of these columns holds exactly this text
 */
record RowMapping(
    String memberColumn,
    @Nullable Double fixedScore,
    @Nullable String scoreColumn,
    Map<String, String> where) {
  private static final int MAX_MEMBER_BYTES = 128;
  private static final int MAX_NUMBER_CHARS = 64;
  private static final int MAX_QUOTED_CHARS = 64;

  RowMapping {
    if ((fixedScore == null) == (scoreColumn == null)) {
      throw new IllegalArgumentException("either a fixed score or a score column");
    }
    where = Map.copyOf(where);
  }

  /** The columns that are looked at. */
  Set<String> columns() {
    Set<String> columns = new LinkedHashSet<>();
    columns.add(memberColumn);
    if (scoreColumn != null) {
      columns.add(scoreColumn);
    }
    columns.addAll(where.keySet());
    return columns;
  }

  /** Whether a row counts. */
  boolean counts(Row row) {
    for (Map.Entry<String, String> condition : where.entrySet()) {
      if (!condition.getValue().equals(row.get(condition.getKey()))) {
        return false;
      }
    }
    return true;
  }

  /**
   * The score that a row stands for.
   *
   * @throws BadInput naming file, line and column
   */
  Score score(Row row, SourceFile file) throws BadInput {
    String member = value(row, memberColumn, file);
    int bytes = member.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0 || bytes > MAX_MEMBER_BYTES) {
      throw new BadInput(
          "%s, column '%s': a member must have 1 to %d bytes of UTF-8, got %d"
              .formatted(file.at(row.line()), memberColumn, MAX_MEMBER_BYTES, bytes));
    }
    Score.Builder score = Score.newBuilder().setMember(member);
    if (scoreColumn != null) {
      score.setScore(number(value(row, scoreColumn, file), row, scoreColumn, file));
    } else if (fixedScore != null) {
      score.setScore(fixedScore);
    }
    return score.build();
  }

  private static String value(Row row, String column, SourceFile file) throws BadInput {
    String value = row.get(column);
    if (value == null) {
      throw new BadInput("%s: no column '%s'".formatted(file.at(row.line()), column));
    }
    return value;
  }

  private static double number(String text, Row row, String column, SourceFile file)
      throws BadInput {
    try {
      if (text.length() <= MAX_NUMBER_CHARS) {
        return finite(text);
      }
    } catch (NumberFormatException e) {
      // said below
    }
    String shown =
        text.length() <= MAX_QUOTED_CHARS ? text : text.substring(0, MAX_QUOTED_CHARS) + "...";
    throw new BadInput(
        "%s, column '%s': must be a finite number, got '%s'"
            .formatted(file.at(row.line()), column, shown));
  }

  /**
   * A number as JSON or a spreadsheet writes it. Stricter than {@link Double#parseDouble}, which
   * also takes "NaN", "1d" and hexadecimal.
   *
   * @throws NumberFormatException if it is none, or out of the range of a double
   */
  static double finite(String text) {
    double value = new BigDecimal(text.trim()).doubleValue();
    if (!Double.isFinite(value)) {
      throw new NumberFormatException("out of range");
    }
    return value;
  }
}
