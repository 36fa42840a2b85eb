package io.thalweg.leaderboard;

import io.thalweg.leaderboard.SeasonRows.EntryKey;
import io.thalweg.leaderboard.SeasonRows.SeasonKey;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.Season;
import io.thalweg.leaderboard.v1.SeasonEnded;
import io.thalweg.state.Table;

/** Writes ended seasons to the archive, and takes the oldest out. */
final class AppliedSeasons {
  private final Table<SeasonKey, Season> seasons;
  private final Table<EntryKey, Entry> entries;

  AppliedSeasons(Table<SeasonKey, Season> seasons, Table<EntryKey, Entry> entries) {
    this.seasons = seasons;
    this.entries = entries;
  }

  void archive(SeasonEnded event) {
    Season.Builder season =
        Season.newBuilder()
            .setBoard(event.getBoard())
            .setSeason(event.getSeason())
            .setStartTime(event.getStartTime())
            .setEndTime(event.getEndTime())
            .setMemberCount(event.getMemberCount())
            .setEntryCount(event.getEntriesCount());
    if (event.hasScheduledTime()) {
      season.setScheduledTime(event.getScheduledTime());
    }
    seasons.replace(new SeasonKey(event.getBoard(), event.getSeason()), null, season.build());
    for (int i = 0; i < event.getEntriesCount(); i++) {
      entries.replace(
          new EntryKey(event.getBoard(), event.getSeason(), i), null, event.getEntries(i));
    }
  }

  /** Deletes the seasons that are too many; the marks without them. */
  SeasonMarks trim(String board, SeasonMarks marks, int maxSeasons) {
    SeasonMarks trimmed = marks.trimmed(maxSeasons);
    for (int number = marks.firstKept(); number < trimmed.firstKept(); number++) {
      seasons.delete(new SeasonKey(board, number));
      entries.deletePrefix(SeasonRows.ofSeason(board, number));
    }
    return trimmed;
  }

  /** Deletes all seasons of a board. */
  void deleteAll(String board, SeasonMarks marks) {
    if (marks.firstKept() < marks.current()) {
      seasons.deletePrefix(SeasonRows.ofBoard(board));
      entries.deletePrefix(SeasonRows.ofBoard(board));
    }
  }
}
