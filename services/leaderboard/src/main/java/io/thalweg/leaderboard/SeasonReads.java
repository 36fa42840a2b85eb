package io.thalweg.leaderboard;

import io.thalweg.leaderboard.SeasonRows.EntryKey;
import io.thalweg.leaderboard.SeasonRows.SeasonKey;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetSeasonRequest;
import io.thalweg.leaderboard.v1.ListSeasonEntriesRequest;
import io.thalweg.leaderboard.v1.ListSeasonEntriesResponse;
import io.thalweg.leaderboard.v1.ListSeasonsRequest;
import io.thalweg.leaderboard.v1.ListSeasonsResponse;
import io.thalweg.leaderboard.v1.Season;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.Table;
import java.util.List;

/** Answers reads of the archive. */
final class SeasonReads {
  private final BoardIndex index;
  private final Table<SeasonKey, Season> seasons;
  private final Table<EntryKey, Entry> entries;

  SeasonReads(BoardIndex index, Table<SeasonKey, Season> seasons, Table<EntryKey, Entry> entries) {
    this.index = index;
    this.seasons = seasons;
    this.entries = entries;
  }

  ListSeasonsResponse list(ListSeasonsRequest request, QueryContext context) {
    String board = request.getBoard();
    SeasonMarks marks = marks(board, context);
    int pageSize = request.hasPageSize() ? request.getPageSize() : Bounds.DEFAULT_PAGE_SIZE;
    int before = marks.current();
    if (!request.getPageToken().isEmpty()) {
      // A season that has left since is not there to go on after; those that are kept are older.
      before = Math.min(before, SeasonToken.read(request.getPageToken(), board, 0));
    }
    int last = Math.max(marks.firstKept(), before - pageSize);
    ListSeasonsResponse.Builder response = ListSeasonsResponse.newBuilder();
    for (int season = before - 1; season >= last; season--) {
      response.addSeasons(kept(board, season));
    }
    if (response.getSeasonsCount() > 0 && last > marks.firstKept()) {
      response.setNextPageToken(SeasonToken.write(board, 0, last));
    }
    return response.build();
  }

  Season season(GetSeasonRequest request, QueryContext context) {
    return find(request.getBoard(), request.getSeason(), context);
  }

  ListSeasonEntriesResponse entries(ListSeasonEntriesRequest request, QueryContext context) {
    String board = request.getBoard();
    int number = request.getSeason();
    Season season = find(board, number, context);
    int from =
        request.getPageToken().isEmpty()
            ? 0
            : SeasonToken.read(request.getPageToken(), board, number);
    int pageSize = request.hasPageSize() ? request.getPageSize() : Bounds.DEFAULT_PAGE_SIZE;
    int end = Math.min(season.getEntryCount(), from + pageSize);
    ListSeasonEntriesResponse.Builder response = ListSeasonEntriesResponse.newBuilder();
    if (from < end) {
      List<Table.Row<EntryKey, Entry>> rows =
          entries.scan(
              new EntryKey(board, number, from), new EntryKey(board, number, end), end - from);
      rows.forEach(row -> response.addEntries(row.value()));
      if (end < season.getEntryCount()) {
        response.setNextPageToken(SeasonToken.write(board, number, end));
      }
    }
    return response.build();
  }

  private Season find(String board, int number, QueryContext context) {
    SeasonMarks marks = marks(board, context);
    if (number < marks.firstKept() || number >= marks.current()) {
      throw Failure.notFound("season", Integer.toString(number));
    }
    return kept(board, number);
  }

  private Season kept(String board, int number) {
    Season season = seasons.get(new SeasonKey(board, number));
    if (season == null) {
      throw new IllegalStateException("a season that is kept has no row");
    }
    return season;
  }

  private SeasonMarks marks(String name, QueryContext context) {
    BoardRanks board = index.find(context.caller().project(), name);
    if (board == null) {
      throw Failure.notFound("board", name);
    }
    return board.row().seasons();
  }
}
