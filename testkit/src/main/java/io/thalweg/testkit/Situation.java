package io.thalweg.testkit;

import com.google.rpc.Code;
import io.thalweg.runtime.Failure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a run may get into, beside the faults that befall it. */
public enum Situation {
  /** A request was refused at a full partition queue. */
  QUEUE_FULL("the queue of partition"),
  /** A named request was refused since the window of names was full. */
  NAMES_FULL("the window of request names is full"),
  /** A request was refused since too many rows were not yet written. */
  MEMORY_FULL("the memory for unwritten rows"),
  /** The log failed under a command, whose outcome nobody knew. */
  OUTCOME_UNKNOWN("the outcome is unknown"),
  /** The stored answer to a named request was past its time when another one was stored. */
  NAME_EXPIRED(null),
  /** A segment was full and another one begun. */
  SEGMENT_ROLLED(null),
  /** A message arrived. */
  MESSAGE(null),
  /** An event arrived at a subscriber in another service. */
  SUBSCRIPTION(null),
  /** A message was offered to a partition that had handled it. */
  MESSAGE_AGAIN(null),
  /** A timer fired. */
  TIMER(null),
  /** A message or timer was refused for good. */
  DEAD_LETTER(null),
  /** A dead letter was executed again. */
  DEAD_LETTER_RETRIED(null),
  /** A damaged segment was noticed: its log or partition did not open, and named the file. */
  DAMAGE_REFUSED(null),
  /** Tables that were damaged were made again from the log. */
  TABLES_REBUILT(null),
  /** A backup of the running node was restored to another one. */
  BACKUP_RESTORED(null),
  /** It was restored to a moment at which messages had been sent and not received. */
  RESTORED_WITH_MESSAGES_UNDER_WAY(null);

  private static final List<Situation> ALL = List.of(values());

  private final @Nullable String refusal;

  Situation(@Nullable String refusal) {
    this.refusal = refusal;
  }

  /** The situation that a refusal speaks of, or null. */
  static @Nullable Situation of(Failure failure) {
    if (failure.code() != Code.RESOURCE_EXHAUSTED && failure.code() != Code.UNAVAILABLE) {
      return null;
    }
    for (Situation each : ALL) {
      String begin = each.refusal;
      if (begin != null && failure.status().getMessage().startsWith(begin)) {
        return each;
      }
    }
    return null;
  }
}
