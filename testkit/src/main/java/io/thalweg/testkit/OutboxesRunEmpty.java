package io.thalweg.testkit;

import io.thalweg.runtime.NodeStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Once nothing goes wrong any more every message arrives and is acknowledged, and no delivery is
 * stopped: no partition's outbox keeps anything.
 */
final class OutboxesRunEmpty implements Invariant {
  private static final long MAX_WAIT_MS = TimeUnit.MINUTES.toMillis(10);
  private static final long STEP_MS = 100;

  @Override
  public void quiet(QuietNode node) {
    for (long ms = 0; !waiting(node).isEmpty(); ms += STEP_MS) {
      if (ms > MAX_WAIT_MS) {
        throw new AssertionError(
            "not acknowledged after ten quiet minutes: " + String.join(", ", waiting(node)));
      }
      node.sleep(STEP_MS);
    }
    List<String> reasons = node.node().status().reasons();
    if (!reasons.isEmpty()) {
      throw new AssertionError(String.join(", ", reasons));
    }
  }

  private static List<String> waiting(QuietNode node) {
    List<String> waiting = new ArrayList<>();
    for (NodeStatus.PartitionStatus status : node.node().status().partitions()) {
      if (status.outboxMessages() > 0) {
        waiting.add(status.outboxMessages() + " messages of " + status.name());
      }
    }
    return waiting;
  }
}
