package io.thalweg.crashtest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * When every sum was asked for and answered. Each write of a member adds 1, so its answers name
 * their own order, and whether the history is linearizable can be told without a search: in the
 * order of the sums nothing may have ended before something earlier in it was begun. Thread-safe.
 */
final class CounterHistory {
  private static final int MAX_VIOLATIONS = 10;

  private final Map<String, List<Operation>> byMember = new TreeMap<>();

  /**
   * A write that made the sum, or a read that saw it.
   *
   * @param startNs when it was sent first
   * @param endNs when it was answered
   */
  private record Operation(int sum, boolean isRead, long startNs, long endNs) {}

  synchronized void wrote(String board, String member, int sum, long startNs, long endNs) {
    add(board, member, new Operation(sum, false, startNs, endNs));
  }

  /** A sum of 0 stands for a member that is not there. */
  synchronized void read(String board, String member, int sum, long startNs, long endNs) {
    add(board, member, new Operation(sum, true, startNs, endNs));
  }

  private void add(String board, String member, Operation operation) {
    byMember.computeIfAbsent(board + "/" + member, _ -> new ArrayList<>()).add(operation);
  }

  synchronized long reads() {
    return byMember.values().stream().flatMap(List::stream).filter(Operation::isRead).count();
  }

  /** What speaks against it; nothing if it is linearizable. */
  synchronized List<String> violations() {
    List<String> found = new ArrayList<>();
    byMember.forEach((member, operations) -> check(member, operations, found));
    return found;
  }

  private static void check(String member, List<Operation> operations, List<String> found) {
    List<Operation> ordered = new ArrayList<>(operations);
    ordered.sort(Comparator.comparingInt(Operation::sum).thenComparing(Operation::isRead));
    // Of all that come before, the one that was begun last; reads of one sum have no order.
    Operation latest = null;
    Operation latestOfSum = null;
    int sum = -1;
    for (Operation each : ordered) {
      if (each.sum() != sum) {
        latest = later(latest, latestOfSum);
        latestOfSum = null;
        sum = each.sum();
      }
      if (latest != null && each.endNs() < latest.startNs() && found.size() < MAX_VIOLATIONS) {
        found.add("%s: %s had ended before %s began".formatted(member, each, latest));
      }
      if (each.isRead()) {
        latestOfSum = later(latestOfSum, each);
      } else {
        latest = later(latest, each);
      }
    }
  }

  private static @Nullable Operation later(@Nullable Operation a, @Nullable Operation b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.startNs() >= b.startNs() ? a : b;
  }
}
