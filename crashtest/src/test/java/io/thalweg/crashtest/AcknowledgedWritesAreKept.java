package io.thalweg.crashtest;

import java.util.ArrayList;
import java.util.List;

/** The stored score of a member is at least the highest that a client was answered. */
final class AcknowledgedWritesAreKept implements Invariant {
  @Override
  public List<String> violations(Evidence evidence) {
    List<String> lost = new ArrayList<>();
    evidence
        .ledger()
        .answered()
        .forEach((board, members) ->
            members.forEach((member, sums) -> {
              int highest = sums.length() - 1;
              int stored = evidence.stored(board, member);
              if (stored < highest) {
                lost.add(
                    "%s/%s: %d was answered, %d is stored"
                        .formatted(board, member, highest, stored));
              }
            }));
    return lost;
  }
}
