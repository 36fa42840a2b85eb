package io.thalweg.runtime;

import io.thalweg.log.PartitionId;
import io.thalweg.runtime.system.DeadLetterResolved;

/** Where a call comes from, and so what a partition does with it. */
sealed interface Origin {
  /** A client's request. */
  Origin CLIENT = new Client();

  /** A request of a client of the node. */
  record Client() implements Origin {}

  /**
   * A message of another partition, or of this one. Its request is an {@code OutboxMessage}, its
   * reply a {@code MessageReceived} with the last sequence that was received of this source.
   *
   * @param source the partition that sent it
   * @param sequence its number between the two partitions
   * @param attempt how often it was offered since its handler first threw; from 1
   */
  record Delivery(PartitionId source, long sequence, int attempt) implements Origin {}

  /**
   * Asks for dead letters; answered with {@code DeadLetterRows}.
   *
   * @param afterOffset only those after it
   * @param limit the most
   */
  record DeadLetterList(long afterOffset, int limit) implements Origin {}

  /** An operator's decision about one dead letter; answered with {@code DeadLetterResolved}. */
  record DeadLetterDecision(long offset, DeadLetterResolved.How how) implements Origin {}
}
