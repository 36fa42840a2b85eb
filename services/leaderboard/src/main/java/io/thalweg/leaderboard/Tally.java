package io.thalweg.leaderboard;

import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.ImportStep;
import io.thalweg.leaderboard.v1.ScoresSubmitted;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Works out, score by score, what a submission makes of a board, and emits it.
 *
 * <p>Normally one event says it all. Only where a capped board is full must the event so far be
 * emitted, and thereby applied, before a new member is looked at: who ranks last then depends on
 * it.
 */
final class Tally {
  // Stands for "not on the board" among scores, which are numbers.
  private static final double ABSENT = Double.NaN;

  private final BoardRanks board;
  private final String boardName;
  private final CommandContext context;
  private final @Nullable Map<String, Double> decided;
  private ScoresSubmitted.Builder event;
  private boolean changes;
  private int joined;

  Tally(BoardRanks board, String boardName, CommandContext context, int scores) {
    this.board = board;
    this.boardName = boardName;
    this.context = context;
    this.decided = scores > 1 ? new HashMap<>() : null;
    this.event = ScoresSubmitted.newBuilder().setBoard(boardName);
  }

  /**
   * Adds a score.
   *
   * @param index of the score in its batch, to be named in an error; -1 if it is alone
   * @return the score that counts for the member afterwards; the submitted one if the board is full
   * @throws Failure OUT_OF_RANGE if a sum is no longer finite
   */
  double add(String member, double submitted, int index) {
    double score = submitted + 0.0; // -0 becomes 0
    double present = present(member);
    if (Double.isNaN(present)) {
      return join(member, score);
    }
    double next = board.settings().combine(present, score);
    // A score that is itself infinite is only set, and where the last one counts.
    if (Double.isInfinite(next) && next != score) {
      throw Failure.of(
          Code.OUT_OF_RANGE,
          (index < 0 ? "score" : "scores[" + index + "].score")
              + " must leave the sum finite; got "
              + score
              + " upon "
              + present);
    }
    decide(member, next, score, next != present, false);
    return next;
  }

  private double join(String member, double score) {
    int cap = board.settings().memberCap();
    if (cap > 0 && board.size() + joined >= cap) {
      flush();
      int last = board.last();
      double lastScore = board.score(last);
      if (!board.settings().isBetter(score, lastScore)) {
        entry(member, score, score, false, true);
        return score;
      }
      String leaving = board.name(last);
      decide(member, score, score, true, false);
      decide(leaving, lastScore, lastScore, false, true);
      return score;
    }
    if (board.size() + joined >= Bounds.MAX_MEMBERS) {
      throw Bounds.exhausted("a board has at most " + Bounds.MAX_MEMBERS + " members");
    }
    joined++;
    decide(member, score, score, true, false);
    return score;
  }

  /** Emits what is left, with the import step that it belongs to. */
  void finish(@Nullable ImportStep step) {
    if (step != null) {
      event.setImport(step);
    }
    context.emit(event.build());
  }

  private void flush() {
    if (changes) {
      context.emit(event.build());
      event = ScoresSubmitted.newBuilder().setBoard(boardName);
      changes = false;
      joined = 0;
      if (decided != null) {
        decided.clear();
      }
    }
  }

  /** The score that counts for the member by now; NaN if there is none. */
  double present(String member) {
    if (decided != null) {
      Double score = decided.get(member);
      if (score != null) {
        return score;
      }
    }
    int id = board.find(member);
    return id < 0 ? ABSENT : board.score(id);
  }

  private void decide(
      String member, double score, double submitted, boolean reached, boolean dropped) {
    entry(member, score, submitted, reached, dropped);
    changes |= reached || dropped;
    if (decided != null) {
      decided.put(member, dropped ? ABSENT : score);
    }
  }

  private void entry(
      String member, double score, double submitted, boolean reached, boolean dropped) {
    ScoresSubmitted.Standing.Builder standing =
        ScoresSubmitted.Standing.newBuilder()
            .setMember(member)
            .setScore(score)
            .setReached(reached)
            .setDropped(dropped);
    if (score != submitted) {
      standing.setSubmitted(submitted);
    }
    event.addStandings(standing);
  }
}
