package io.thalweg.testkit;

import com.google.protobuf.CodedInputStream;
import io.thalweg.log.Batch;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.EventView;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.system.MessageReceived;
import io.thalweg.runtime.system.MessageSent;
import io.thalweg.runtime.system.TimerCleared;
import io.thalweg.runtime.system.TimerFired;
import io.thalweg.runtime.system.TimerSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * By the log alone: between two partitions messages are numbered without a gap; each is received at
 * most once, in order, after it was sent, and at a log time that is not before it was sent. A timer
 * fires at most once for each time that it was set, for the deadline that it was last given, and
 * not before that.
 */
final class EffectsFollowTheirCauses implements Invariant {
  private static final int SENT = BatchFormat.FIRST_SYSTEM_TYPE + 3;
  private static final int RECEIVED = BatchFormat.FIRST_SYSTEM_TYPE + 4;
  private static final int TIMER_SET = BatchFormat.FIRST_SYSTEM_TYPE + 6;
  private static final int TIMER_CLEARED = BatchFormat.FIRST_SYSTEM_TYPE + 7;
  private static final int TIMER_FIRED = BatchFormat.FIRST_SYSTEM_TYPE + 8;

  private record Lane(PartitionId from, PartitionId to) {}

  private record Message(Lane lane, long sequence) {}

  private record Timer(PartitionId partition, int project, int slot, String name) {}

  private interface OnEvent {
    void accept(EventView event, CodedInputStream payload, long logTimeUs) throws IOException;
  }

  @Override
  public void stopped(StoppedNode node) {
    Map<Message, Long> sentUs = new HashMap<>();
    for (PartitionId id : node.partitions()) {
      Map<Lane, Long> last = new HashMap<>();
      forEachEvent(
          node,
          id,
          (event, payload, logTimeUs) -> {
            if (event.type() == SENT) {
              MessageSent sent = MessageSent.parseFrom(payload);
              Lane lane =
                  new Lane(id, new PartitionId(sent.getTargetService(), sent.getTargetPartition()));
              follows(last, lane, sent.getSequence(), "is sent");
              sentUs.put(new Message(lane, sent.getSequence()), logTimeUs);
            }
          });
    }
    for (PartitionId id : node.partitions()) {
      Map<Lane, Long> last = new HashMap<>();
      Map<Timer, Long> timers = new HashMap<>();
      forEachEvent(
          node,
          id,
          (event, payload, logTimeUs) -> {
            if (event.type() == RECEIVED) {
              MessageReceived received = MessageReceived.parseFrom(payload);
              PartitionId source =
                  new PartitionId(received.getSourceService(), received.getSourcePartition());
              Lane lane = new Lane(source, id);
              follows(last, lane, received.getSequence(), "is received");
              Long cause = sentUs.get(new Message(lane, received.getSequence()));
              if (cause == null || cause > logTimeUs) {
                throw new AssertionError(
                    "message %d of %s is received at log time %d, it was sent at %s"
                        .formatted(received.getSequence(), lane, logTimeUs, cause));
              }
            } else {
              timer(id, timers, event, payload, logTimeUs);
            }
          });
    }
  }

  private static void follows(Map<Lane, Long> last, Lane lane, long sequence, String what) {
    Long before = last.put(lane, sequence);
    if (sequence != (before == null ? 0 : before) + 1) {
      throw new AssertionError(
          "message %d of %s %s after %s".formatted(sequence, lane, what, before));
    }
  }

  private static void timer(
      PartitionId id,
      Map<Timer, Long> timers,
      EventView event,
      CodedInputStream payload,
      long logTimeUs)
      throws IOException {
    switch (event.type()) {
      case TIMER_SET -> {
        TimerSet set = TimerSet.parseFrom(payload);
        timers.put(of(id, event, set.getName()), set.getAtUs());
      }
      case TIMER_CLEARED -> timers.remove(of(id, event, TimerCleared.parseFrom(payload).getName()));
      case TIMER_FIRED -> {
        TimerFired fired = TimerFired.parseFrom(payload);
        Long atUs = timers.remove(of(id, event, fired.getName()));
        if (atUs == null || atUs != fired.getAtUs() || atUs > logTimeUs) {
          throw new AssertionError(
              "timer '%s' of %s fired at log time %d, it was set to %s"
                  .formatted(fired.getName(), id, logTimeUs, atUs));
        }
      }
      default -> {}
    }
  }

  private static Timer of(PartitionId id, EventView event, String name) {
    return new Timer(id, event.project(), event.slot(), name);
  }

  private static void forEachEvent(StoppedNode node, PartitionId id, OnEvent action) {
    try (LogReader reader = node.read(id)) {
      for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
        for (EventView event : batch) {
          action.accept(event, CodedInputStream.newInstance(event.payload()), batch.logTimeUs());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
