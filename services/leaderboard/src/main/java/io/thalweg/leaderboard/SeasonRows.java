package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.Season;
import io.thalweg.runtime.MessageRows;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.ValueCodec;

/**
 * How the archive is stored: by the name of the board, so that it outlives resets. Each value
 * begins with a format byte, 1; what follows is the message that readers get.
 *
 * <pre>
 *   seasons         board name, season            -> 1, Season
 *   season_entries  board name, season, position  -> 1, Entry
 * </pre>
 */
final class SeasonRows {
  static final int SEASONS = 4;
  static final int ENTRIES = 5;

  private static final byte FORMAT = 1;

  static final KeyCodec<SeasonKey> SEASON_KEYS =
      KeyCodecs.of(
          (key, out) -> {
            out.string(key.board());
            out.int32(key.season());
          },
          in -> new SeasonKey(in.string(), in.int32()));
  static final KeyCodec<EntryKey> ENTRY_KEYS =
      KeyCodecs.of(
          (key, out) -> {
            out.string(key.board());
            out.int32(key.season());
            out.int32(key.position());
          },
          in -> new EntryKey(in.string(), in.int32(), in.int32()));

  static final ValueCodec<Season> SEASON = MessageRows.codec(FORMAT, Season.getDefaultInstance());
  static final ValueCodec<Entry> ENTRY = MessageRows.codec(FORMAT, Entry.getDefaultInstance());

  private SeasonRows() {}

  /** Key of a season that has ended. */
  record SeasonKey(String board, int season) {}

  /**
   * Key of an archived entry.
   *
   * @param position place in rank order, from 0
   */
  record EntryKey(String board, int season, int position) {}

  /** All seasons of a board, or all their entries. */
  static KeyPrefix ofBoard(String board) {
    return KeyPrefix.of(out -> out.string(board));
  }

  /** All entries of a season. */
  static KeyPrefix ofSeason(String board, int season) {
    return KeyPrefix.of(out -> {
      out.string(board);
      out.int32(season);
    });
  }
}
