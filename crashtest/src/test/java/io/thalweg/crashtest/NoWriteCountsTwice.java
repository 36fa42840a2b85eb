package io.thalweg.crashtest;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * Every write adds 1 and all were answered, so the answers for a member are 1 to its score, each
 * once. A number that nobody was answered is a write that counted twice; one that two were answered
 * is a write that was lost and made room.
 */
final class NoWriteCountsTwice implements Invariant {
  @Override
  public List<String> violations(Evidence evidence) {
    List<String> found = new ArrayList<>();
    evidence.ledger().repeated().forEach(sum -> found.add("answered to two writes: " + sum));
    Map<String, Map<String, BitSet>> answered = evidence.ledger().answered();
    evidence
        .stored()
        .forEach((board, members) ->
            members.forEach((member, stored) -> {
              BitSet sums =
                  answered.getOrDefault(board, Map.of()).getOrDefault(member, new BitSet());
              int hole = sums.nextClearBit(1);
              if (hole <= stored) {
                found.add(
                    "%s/%s: %d is stored, %d answers, nobody was answered %d"
                        .formatted(board, member, stored, sums.cardinality(), hole));
              }
            }));
    return found;
  }
}
