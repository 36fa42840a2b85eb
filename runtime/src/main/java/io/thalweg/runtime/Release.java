package io.thalweg.runtime;

import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Replies that leave together: once every event below an offset is durable. Filled by the
 * partition's thread, handed over through a queue, released by the reply thread.
 */
final class Release {
  private final List<Parked> parked = new ArrayList<>();
  private long afterOffset;

  /** An answer that waits; or, with neither reply nor failure, what is to be done then. */
  private record Parked(
      Call call, @Nullable Message reply, @Nullable Failure failure, @Nullable Runnable action) {}

  void reply(Call call, Message reply) {
    parked.add(new Parked(call, reply, null, null));
  }

  void failure(Call call, Failure failure) {
    parked.add(new Parked(call, null, failure, null));
  }

  /** Something other than an answer (a scan) that may begin only then. */
  void action(Call call, Runnable action) {
    parked.add(new Parked(call, null, null, action));
  }

  boolean isEmpty() {
    return parked.isEmpty();
  }

  int size() {
    return parked.size();
  }

  void seal(long afterOffset) {
    this.afterOffset = afterOffset;
  }

  /** The offset below which everything must be durable. */
  long afterOffset() {
    return afterOffset;
  }

  void release(Position position, PartitionMetrics metrics) {
    long nowNs = System.nanoTime();
    for (Parked p : parked) {
      if (p.action() != null) {
        p.action().run();
      } else {
        metrics.replied(nowNs - p.call().startNs());
        if (p.reply() != null) {
          p.call().handler().reply(p.reply(), position);
        } else if (p.failure() != null) {
          p.call().handler().failure(p.failure());
        }
      }
    }
  }

  /** The log failed before these could be released. */
  void outcomeUnknown(Failure failure) {
    for (Parked p : parked) {
      p.call().handler().failure(failure);
    }
  }
}
