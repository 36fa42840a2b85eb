package io.thalweg.crashtest;

import java.util.List;
import java.util.Map;

/**
 * What is known when nothing is under way: every write was answered, and every watcher had time to
 * come after.
 *
 * @param ledger what clients were answered
 * @param stored what the node says now, by board and member
 * @param askedAgain acknowledged writes that were sent once more under their names
 * @param watchers those that watch since the beginning
 */
record Evidence(
    Ledger ledger,
    Map<String, Map<String, Integer>> stored,
    List<AskedAgain> askedAgain,
    List<BoardWatcher> watchers) {

  /** A write, its first answer and what it was answered when it was sent again. */
  record AskedAgain(Write write, List<Standing> first, Http.Answer again) {}

  /** The score that the node has for a member; 0 if it has none. */
  int stored(String board, String member) {
    return stored.getOrDefault(board, Map.of()).getOrDefault(member, 0);
  }
}
