package io.thalweg.leaderboard;

/**
 * A board as it is stored.
 *
 * @param boardId drawn when the board was created or last reset: its members and marks are stored
 *     under it, so that a reset is a new number
 * @param createTimeMs milliseconds since 1970
 * @param memberCount members at present
 * @param sourceCount sources that have an import mark
 */
record BoardRow(
    long boardId,
    long createTimeMs,
    Settings settings,
    int memberCount,
    int sourceCount,
    SeasonMarks seasons) {
  /** A board in its first season. */
  BoardRow(long boardId, long createTimeMs, Settings settings, int memberCount, int sourceCount) {
    this(
        boardId, createTimeMs, settings, memberCount, sourceCount, SeasonMarks.first(createTimeMs));
  }

  BoardRow withSettings(Settings changed) {
    return new BoardRow(boardId, createTimeMs, changed, memberCount, sourceCount, seasons);
  }

  BoardRow withCounts(int members, int sources) {
    return new BoardRow(boardId, createTimeMs, settings, members, sources, seasons);
  }

  BoardRow withSeasons(SeasonMarks changed) {
    return new BoardRow(boardId, createTimeMs, settings, memberCount, sourceCount, changed);
  }

  /** The board without members, under a new number. */
  BoardRow reset(long newBoardId) {
    return new BoardRow(newBoardId, createTimeMs, settings, 0, 0, seasons);
  }
}
