package io.thalweg.server.load;

import io.thalweg.server.CommandFailed;
import io.thalweg.server.Progress;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Loads a source into a board: asks how far it was loaded before, and sends the rows after that in
 * batches, each at its place. The mark moves with the scores in one step, so however often this is
 * run, cut off or repeated, every row counts once.
 */
final class LeaderboardLoad {
  private final SourceFile file;
  private final RowMapping mapping;
  private final LeaderboardClient client;
  private final int batchRows;
  private final Progress progress;

  private long markRow;
  private long appliedScores;

  LeaderboardLoad(
      SourceFile file,
      RowMapping mapping,
      LeaderboardClient client,
      int batchRows,
      Progress progress) {
    this.file = file;
    this.mapping = mapping;
    this.client = client;
    this.batchRows = batchRows;
    this.progress = progress;
  }

  /**
   * What was done.
   *
   * @param rows data rows of the source
   * @param loadedBefore rows that the board had before
   * @param counted rows after those that count
   * @param applied scores that this load applied
   */
  record Summary(long rows, long loadedBefore, long counted, long applied) {}

  /** Where the mark stands, as far as this load knows. */
  long markRow() {
    return markRow;
  }

  /**
   * Runs to the end of the source.
   *
   * @throws BadInput at a row that cannot be loaded; the rows up to {@link #markRow()} are
   * @throws CommandFailed if the server refuses, or cannot be reached for too long
   */
  Summary run() throws BadInput, IOException, InterruptedException {
    long loadedBefore = client.markRow();
    markRow = loadedBefore;
    while (true) {
      long startRow = markRow;
      try (RowReader rows = file.rows(mapping.columns())) {
        ScoreBatches batches = new ScoreBatches(file, rows, mapping, startRow, batchRows);
        if (sendAll(batches)) {
          return new Summary(
              batches.readRows(),
              Math.min(loadedBefore, batches.readRows()),
              batches.countedRows(),
              appliedScores);
        }
      }
      // Someone else loads the same source, with other batches: go on behind the mark.
      markRow = client.markRow();
      if (markRow <= startRow) {
        throw new CommandFailed(
            "the board's mark for this source went from row %,d back to row %,d: was it reset?"
                .formatted(startRow, markRow));
      }
    }
  }

  /** False if the mark was not where it was expected. */
  private boolean sendAll(ScoreBatches batches) throws BadInput, IOException, InterruptedException {
    for (@Nullable ScoreBatch batch = batches.next(); batch != null; batch = batches.next()) {
      LeaderboardClient.Applied applied = client.submit(batch).orElse(null);
      if (applied == null || applied.markRow() != batch.lastRow()) {
        return false;
      }
      markRow = applied.markRow();
      if (applied.now()) {
        appliedScores += batch.scores().size();
      }
      progress.at(file.readBytes(), "%,d rows".formatted(markRow));
    }
    progress.at(file.readBytes(), "%,d rows".formatted(batches.readRows()));
    return true;
  }
}
