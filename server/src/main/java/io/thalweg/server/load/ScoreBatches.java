package io.thalweg.server.load;

import io.thalweg.leaderboard.v1.Score;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the rows after a mark into batches.
 *
 * <p>A batch needs a score, but rows that do not count must be accounted for as well. So a full
 * batch stays open until the next row that counts, or the end: rows in between belong to it, and
 * the last batch reaches to the last row. Only if no row after the mark counts do the rows at the
 * end stay without a batch; they are then read, and passed over, at every load.
 *
 * <p>A bad row ends the source: a batch that was full before it is still given, the rows of one
 * that was not are left for the next load.
 */
final class ScoreBatches {
  private final SourceFile file;
  private final RowReader rows;
  private final RowMapping mapping;
  private final int maxScores;

  private long placedRow;
  private long readRow;
  private long countedRows;
  private @Nullable Score next;
  private @Nullable BadInput failure;

  /**
   * @param markRow rows up to here were loaded before: they are read, but not looked at
   * @param maxScores most scores in a batch
   */
  ScoreBatches(SourceFile file, RowReader rows, RowMapping mapping, long markRow, int maxScores) {
    this.file = file;
    this.rows = rows;
    this.mapping = mapping;
    this.maxScores = maxScores;
    placedRow = markRow;
  }

  /** The next batch; null at the end. */
  @Nullable ScoreBatch next() throws BadInput, IOException {
    List<Score> scores = new ArrayList<>(Math.min(maxScores, 1000));
    if (next != null) {
      scores.add(next);
      next = null;
    }
    long lastRow = fill(scores);
    if (failure != null && scores.size() < maxScores) {
      throw failure;
    }
    if (scores.isEmpty()) {
      return null;
    }
    ScoreBatch batch = new ScoreBatch(placedRow, lastRow, scores);
    placedRow = lastRow;
    return batch;
  }

  /** Reads until a row that counts has no place any more; gives the row before it. */
  private long fill(List<Score> scores) throws IOException {
    while (failure == null) {
      long before = readRow;
      Score score;
      try {
        Row row = rows.next();
        if (row == null) {
          return readRow;
        }
        readRow = row.number();
        if (readRow <= placedRow || !mapping.counts(row)) {
          continue;
        }
        score = mapping.score(row, file);
      } catch (BadInput e) {
        failure = e;
        return before;
      }
      countedRows++;
      if (scores.size() == maxScores) {
        next = score;
        return before;
      }
      scores.add(score);
    }
    return readRow;
  }

  /** Rows read so far. */
  long readRows() {
    return readRow;
  }

  /** Rows after the mark that count, of those read so far. */
  long countedRows() {
    return countedRows;
  }
}
