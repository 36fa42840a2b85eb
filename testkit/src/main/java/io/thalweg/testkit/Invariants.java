package io.thalweg.testkit;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import io.thalweg.log.Batch;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.EventView;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.NodeStatus;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.TableVerifier;
import io.thalweg.runtime.system.ReplyStored;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What holds for every service, and is checked in every run: {@link NothingAcknowledgedIsLost},
 * {@link NothingIsAppliedTwice}, {@link ReplayEqualsLiveState}, {@link LogTimeNeverGoesBack},
 * {@link Deliveries.MessagesAndTimersHappenOnce}, {@link OutboxesRunEmpty}, {@link BoundsAreKept},
 * {@link EffectsEndOnce}; that watchers see each event once and in order; and that answers are
 * linearizable by the model, if there is one.
 */
final class Invariants {
  static final String WATCHERS = "WatchersSeeEachEventOnceInOrder";

  private Invariants() {}

  static List<Invariant> always(NodeOptions options) {
    return List.of(
        new NothingAcknowledgedIsLost(),
        new NothingIsAppliedTwice(),
        new ReplayEqualsLiveState(),
        new LogTimeNeverGoesBack(),
        new Deliveries.MessagesAndTimersHappenOnce(),
        new BoundsAreKept(options));
  }

  /**
   * What a reply saw is durable from then on: whenever the node is up again, its log reaches at
   * least as far. At the end the stored reply of each named command is the one that was given.
   */
  static final class NothingAcknowledgedIsLost implements Invariant {
    private final Map<String, Long> durable = new HashMap<>();
    private final Map<String, ByteString> replies = new HashMap<>();

    @Override
    public void answered(Answered answered) {
      Position position = answered.position();
      String partition = answered.partition();
      if (position == null || partition == null) {
        return;
      }
      durable.merge(partition, position.offset() + 1, Math::max);
      if (answered.isCommand()
          && answered.requestName() != null
          && answered.outcome() instanceof Outcome.Replied replied) {
        replies.put(answered.requestName(), replied.reply().toByteString());
      }
    }

    @Override
    public void ready(Node node) {
      durable.forEach((partition, offset) -> reaches(partition, offset, end(node, partition)));
    }

    private static long end(Node node, String partition) {
      for (NodeStatus.PartitionStatus status : node.status().partitions()) {
        if (status.name().equals(partition)) {
          return status.durableOffset();
        }
      }
      throw new AssertionError("there is no partition " + partition);
    }

    private static void reaches(String partition, long offset, long end) {
      if (end < offset) {
        throw new AssertionError(
            "a reply of %s saw everything below offset %d; the log ends at %d"
                .formatted(partition, offset, end));
      }
    }

    @Override
    public void stopped(StoppedNode node) {
      for (PartitionId id : node.partitions()) {
        forEachStoredReply(
            node,
            id,
            stored -> {
              ByteString given = replies.remove(stored.getName());
              if (given != null && !given.equals(stored.getReply())) {
                throw new AssertionError(
                    "the stored reply to " + stored.getName() + " is not the one that was given");
              }
            });
      }
      if (!replies.isEmpty()) {
        throw new AssertionError(
            "acknowledged, and not in the log: " + replies.keySet().stream().sorted().toList());
      }
    }
  }

  /** A named command is in the log once, however often it was sent. */
  static final class NothingIsAppliedTwice implements Invariant {
    @Override
    public void stopped(StoppedNode node) {
      Map<String, PartitionId> names = new HashMap<>();
      for (PartitionId id : node.partitions()) {
        forEachStoredReply(
            node,
            id,
            stored -> {
              if (names.put(stored.getName(), id) != null) {
                throw new AssertionError(stored.getName() + " was executed twice");
              }
            });
      }
    }
  }

  private interface OnReply {
    void accept(ReplyStored stored);
  }

  private static void forEachStoredReply(StoppedNode node, PartitionId id, OnReply action) {
    try (LogReader reader = node.read(id)) {
      for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
        for (EventView event : batch) {
          if (event.type() == BatchFormat.FIRST_SYSTEM_TYPE + 1) {
            action.accept(ReplyStored.parseFrom(CodedInputStream.newInstance(event.payload())));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tables that are made anew from the log are, row by row, those that the node left. */
  static final class ReplayEqualsLiveState implements Invariant {
    @Override
    public void stopped(StoppedNode node) {
      for (TableVerifier.Result result : node.verifyTables()) {
        if (!result.isEqual()) {
          throw new AssertionError(result.partition() + ": " + result.differences());
        }
        if (result.storedOffset() != result.logEnd()) {
          throw new AssertionError(
              "%s was stopped cleanly with its tables at offset %d, its log at %d"
                  .formatted(result.partition(), result.storedOffset(), result.logEnd()));
        }
      }
    }
  }

  /** Log time never goes back within a partition, and offsets are dense. */
  static final class LogTimeNeverGoesBack implements Invariant {
    @Override
    public void stopped(StoppedNode node) {
      for (PartitionId id : node.partitions()) {
        long lastUs = 0;
        long next = 0;
        try (LogReader reader = node.read(id)) {
          for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
            if (batch.logTimeUs() < lastUs) {
              throw new AssertionError(id + ": log time goes back at offset " + next);
            }
            if (batch.firstOffset() != next) {
              throw new AssertionError(
                  id + ": offset " + batch.firstOffset() + " follows " + (next - 1));
            }
            lastUs = batch.logTimeUs();
            next = batch.nextOffset();
          }
        }
      }
    }
  }

  /** No queue is longer than its bound. */
  static final class BoundsAreKept implements Invariant {
    private final NodeOptions options;

    BoundsAreKept(NodeOptions options) {
      this.options = options;
    }

    private void check(Node node) {
      for (NodeStatus.PartitionStatus status : node.status().partitions()) {
        if (status.queueDepth() > options.queueRequests()) {
          throw new AssertionError(status.name() + " has a queue of " + status.queueDepth());
        }
      }
    }

    @Override
    public void ready(Node node) {
      check(node);
    }

    @Override
    public void quiet(QuietNode node) {
      check(node.node());
    }
  }
}
