package io.thalweg.server.load;

import io.thalweg.leaderboard.v1.Score;
import java.util.List;

/**
 * Scores with their place in a source.
 *
 * @param afterRow the last row before this batch; 0 at the beginning
 * @param lastRow the last row that this batch accounts for, also if it does not count
 * @param scores at least one
 */
record ScoreBatch(long afterRow, long lastRow, List<Score> scores) {
  ScoreBatch {
    scores = List.copyOf(scores);
  }
}
