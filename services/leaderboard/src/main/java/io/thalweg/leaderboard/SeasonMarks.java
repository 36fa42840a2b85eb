package io.thalweg.leaderboard;

/**
 * Where a board is in its seasons.
 *
 * @param current number of the season that goes on, from 1
 * @param firstKept number of the oldest season whose final standings are kept; {@code current} if
 *     none is
 * @param startMs when the season that goes on began, milliseconds since 1970
 * @param nextResetMs when the board resets by itself, milliseconds since 1970; 0: never
 */
record SeasonMarks(int current, int firstKept, long startMs, long nextResetMs) {
  /** Of a new board. */
  static SeasonMarks first(long createTimeMs) {
    return new SeasonMarks(1, 1, createTimeMs, 0);
  }

  /** After the end of the season. */
  SeasonMarks ended(long endMs) {
    return new SeasonMarks(current + 1, firstKept, endMs, nextResetMs);
  }

  /** With no more seasons kept than that. */
  SeasonMarks trimmed(int maxSeasons) {
    return new SeasonMarks(
        current, Math.max(firstKept, current - maxSeasons), startMs, nextResetMs);
  }

  SeasonMarks withNextReset(long ms) {
    return new SeasonMarks(current, firstKept, startMs, ms);
  }
}
