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
  private final List<Notice> told = new ArrayList<>(0);
  private long afterOffset;
  private long afterBatches;

  /** An answer that waits, or a scan that may begin only then. */
  private record Parked(
      Call call, @Nullable Message reply, @Nullable Failure failure, @Nullable Scan scan) {}

  void reply(Call call, Message reply) {
    parked.add(new Parked(call, reply, null, null));
  }

  void failure(Call call, Failure failure) {
    parked.add(new Parked(call, null, failure, null));
  }

  /** A scan that may begin only when all that it sees is durable. */
  void scan(Call call, Scan scan) {
    parked.add(new Parked(call, null, null, scan));
  }

  /** What watchers are told with the answer that was added last. */
  void tell(List<Notice> notices) {
    told.addAll(notices);
  }

  /** What watchers are told when this was released. */
  List<Notice> told() {
    return told;
  }

  boolean isEmpty() {
    return parked.isEmpty();
  }

  int size() {
    return parked.size();
  }

  void seal(long afterOffset, long afterBatches) {
    this.afterOffset = afterOffset;
    this.afterBatches = afterBatches;
  }

  /** So many appends of the leadership must be durable; 0 where only offsets count. */
  long afterBatches() {
    return afterBatches;
  }

  /** The offset below which everything must be durable. */
  long afterOffset() {
    return afterOffset;
  }

  void release(Position position, PartitionMetrics metrics, ScanThreads scans, long nowNs) {
    for (Parked p : parked) {
      Trace trace = p.call().request().trace();
      if (trace != null) {
        trace.at(Trace.Station.DURABLE, nowNs);
      }
      if (p.scan() != null) {
        scans.run(p.scan());
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
      if (p.scan() != null) {
        p.scan().refuse(failure);
      } else {
        p.call().handler().failure(failure);
      }
    }
  }
}
