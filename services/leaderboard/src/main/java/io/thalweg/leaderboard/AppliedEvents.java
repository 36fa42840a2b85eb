package io.thalweg.leaderboard;

import io.thalweg.contract.Sealed;
import io.thalweg.leaderboard.Rows.MemberOfBoard;
import io.thalweg.leaderboard.Rows.NameOnBoard;
import io.thalweg.leaderboard.v1.BoardCreated;
import io.thalweg.leaderboard.v1.BoardDeleted;
import io.thalweg.leaderboard.v1.BoardReset;
import io.thalweg.leaderboard.v1.BoardUpdated;
import io.thalweg.leaderboard.v1.DisplayNameSet;
import io.thalweg.leaderboard.v1.MemberRemoved;
import io.thalweg.leaderboard.v1.ResetScheduled;
import io.thalweg.leaderboard.v1.ScoresSubmitted;
import io.thalweg.leaderboard.v1.SeasonEnded;
import io.thalweg.runtime.EventContext;
import io.thalweg.state.Table;

/**
 * Writes events to the tables. The present rows come from the index, which follows the tables row
 * by row, so nothing is read but import marks.
 */
final class AppliedEvents {
  private final BoardIndex index;
  private final Table<String, BoardRow> boards;
  private final Table<NameOnBoard, Standing> standings;
  private final Table<NameOnBoard, Long> imports;
  private final AppliedSeasons seasons;
  private final Table<MemberOfBoard, Sealed> names;

  AppliedEvents(
      BoardIndex index,
      Table<String, BoardRow> boards,
      Table<NameOnBoard, Standing> standings,
      Table<NameOnBoard, Long> imports,
      AppliedSeasons seasons,
      Table<MemberOfBoard, Sealed> names) {
    this.index = index;
    this.boards = boards;
    this.standings = standings;
    this.imports = imports;
    this.seasons = seasons;
    this.names = names;
  }

  void boardCreated(BoardCreated event, EventContext context) {
    Settings settings = Settings.of(event.getSettings());
    boards.replace(
        event.getBoard(), null, new BoardRow(event.getBoardId(), ms(context), settings, 0, 0));
  }

  void boardUpdated(BoardUpdated event, EventContext context) {
    BoardRow row = index.get(context.project(), event.getBoard()).row();
    Settings settings = Settings.of(event.getSettings());
    SeasonMarks marks = seasons.trim(event.getBoard(), row.seasons(), settings.maxSeasons());
    boards.replace(event.getBoard(), row, row.withSettings(settings).withSeasons(marks));
  }

  void boardReset(BoardReset event, EventContext context) {
    BoardRow row = index.get(context.project(), event.getBoard()).row();
    clear(row);
    boards.replace(event.getBoard(), row, row.reset(event.getBoardId()));
  }

  void boardDeleted(BoardDeleted event, EventContext context) {
    BoardRow row = index.get(context.project(), event.getBoard()).row();
    clear(row);
    seasons.deleteAll(event.getBoard(), row.seasons());
    if (index.names(context.project(), event.getBoard()) > 0) {
      names.deletePrefix(Rows.namesOf(event.getBoard()));
    }
    boards.delete(event.getBoard(), row);
  }

  private void clear(BoardRow row) {
    standings.deletePrefix(Rows.ofBoard(row.boardId()));
    imports.deletePrefix(Rows.ofBoard(row.boardId()));
  }

  void seasonEnded(SeasonEnded event, EventContext context) {
    BoardRow row = index.get(context.project(), event.getBoard()).row();
    seasons.archive(event);
    SeasonMarks ended = row.seasons().ended(Answers.ms(event.getEndTime()));
    SeasonMarks marks = seasons.trim(event.getBoard(), ended, row.settings().maxSeasons());
    boards.replace(event.getBoard(), row, row.withSeasons(marks));
  }

  void resetScheduled(ResetScheduled event, EventContext context) {
    BoardRow row = index.get(context.project(), event.getBoard()).row();
    boards.replace(
        event.getBoard(),
        row,
        row.withSeasons(row.seasons().withNextReset(Answers.ms(event.getTime()))));
  }

  void scoresSubmitted(ScoresSubmitted event, EventContext context) {
    BoardRanks board = index.get(context.project(), event.getBoard());
    BoardRow row = board.row();
    long timeMs = ms(context);
    for (int i = 0; i < event.getStandingsCount(); i++) {
      ScoresSubmitted.Standing standing = event.getStandings(i);
      String member = standing.getMember();
      if (standing.getDropped()) {
        Standing before = board.standing(member);
        if (before != null) {
          standings.delete(new NameOnBoard(row.boardId(), member), before);
        }
      } else if (standing.getReached()) {
        standings.replace(
            new NameOnBoard(row.boardId(), member),
            board.standing(member),
            new Standing(standing.getScore(), Standing.seq(context.offset(), i), timeMs));
      }
    }
    int sources = row.sourceCount();
    if (event.hasImport()) {
      NameOnBoard key = new NameOnBoard(row.boardId(), event.getImport().getSource());
      if (!imports.contains(key)) {
        sources++;
      }
      imports.put(key, event.getImport().getLastRow());
    }
    counted(event.getBoard(), board, sources);
  }

  void memberRemoved(MemberRemoved event, EventContext context) {
    BoardRanks board = index.get(context.project(), event.getBoard());
    Standing before = board.standing(event.getMember());
    if (before == null) {
      throw new IllegalStateException("removed a member that there was not");
    }
    standings.delete(new NameOnBoard(board.row().boardId(), event.getMember()), before);
    counted(event.getBoard(), board, board.row().sourceCount());
    if (index.names(context.project(), event.getBoard()) > 0) {
      names.delete(new MemberOfBoard(event.getBoard(), event.getMember()));
    }
  }

  void displayNameSet(DisplayNameSet event, EventContext context) {
    names.put(new MemberOfBoard(event.getBoard(), event.getMember()), event.getDisplayName());
  }

  /** Keeps the counts in the board's row, which is all that a list of boards reads. */
  private void counted(String name, BoardRanks board, int sources) {
    BoardRow row = board.row();
    if (row.memberCount() != board.size() || row.sourceCount() != sources) {
      boards.replace(name, row, row.withCounts(board.size(), sources));
    }
  }

  private static long ms(EventContext context) {
    return Math.floorDiv(context.logTimeUs(), 1000L);
  }
}
