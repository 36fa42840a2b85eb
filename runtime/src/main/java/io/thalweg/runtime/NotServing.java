package io.thalweg.runtime;

import com.google.rpc.Code;
import io.thalweg.log.PartitionId;

/** What a caller is told whose request a partition does not take. */
final class NotServing {
  private NotServing() {}

  /**
   * @param reason why it does not take requests
   */
  static Failure in(PartitionPhase phase, PartitionId id, String reason) {
    return switch (phase) {
      case CLOSED -> Failure.retryable(Code.UNAVAILABLE, "this node is closing", 1000);
      case STOPPED ->
          Failure.of(Code.UNAVAILABLE, "partition %s is stopped: %s".formatted(id, reason));
      case FOLLOWING, AWAY ->
          Failure.retryable(
              Code.UNAVAILABLE, "partition %s is led by another node".formatted(id), 500);
      case LOADING, FAILED, ACTIVE ->
          Failure.retryable(
              Code.UNAVAILABLE, "partition %s %s; try again".formatted(id, reason), 500);
    };
  }

  static Failure full(PartitionId id, PartitionQueue queue) {
    return Failure.retryable(
        Code.RESOURCE_EXHAUSTED,
        "the queue of partition %s is full (%d requests, %d bytes); try again later"
            .formatted(id, queue.size(), queue.sizeBytes()),
        100);
  }
}
