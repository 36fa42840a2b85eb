package io.thalweg.crashtest;

import java.util.List;

/**
 * Writes and reads of each member are in one order, which that of real time does not contradict.
 */
final class HistoryIsLinearizable implements Invariant {
  @Override
  public List<String> violations(Evidence evidence) {
    return evidence.ledger().history().violations();
  }
}
