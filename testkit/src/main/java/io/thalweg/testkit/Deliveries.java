package io.thalweg.testkit;

import com.google.protobuf.CodedInputStream;
import io.thalweg.log.Batch;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.EventView;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.system.MessageReceived;
import io.thalweg.runtime.system.MessageSent;
import io.thalweg.runtime.system.MessagesAcknowledged;
import io.thalweg.runtime.system.TimerCleared;
import io.thalweg.runtime.system.TimerFired;
import io.thalweg.runtime.system.TimerSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What the logs of a stopped node say of messages and timers, and what always holds of it. */
final class Deliveries {
  private static final long LATE_US = TimeUnit.MINUTES.toMicros(10);

  private final Map<Timer, Long> pendingTimers = new HashMap<>();
  private final Map<Way, Long> sent = new HashMap<>();
  private final Map<Way, Long> received = new HashMap<>();
  private final Map<Way, Long> acknowledged = new HashMap<>();
  private final Map<Message, Long> sentUs = new HashMap<>();
  private final Map<Message, Long> receivedUs = new HashMap<>();

  private record Timer(PartitionId partition, int project, int slot, String name) {}

  private record Way(String from, String to) {
    static Way of(PartitionId from, String toService, int toPartition) {
      return new Way(from.toString(), toService + "/" + toPartition);
    }
  }

  private record Message(Way way, long sequence) {}

  private Deliveries() {}

  /**
   * Reads all logs.
   *
   * @throws AssertionError if a timer fired that was not set, or before its time, or if a message
   *     was sent, received or acknowledged twice or out of its order, or received at a log time
   *     before it was sent
   */
  static Deliveries in(StoppedNode node) {
    Deliveries found = new Deliveries();
    for (PartitionId id : node.partitions()) {
      try (LogReader reader = node.read(id)) {
        long lastUs = 0;
        for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
          lastUs = batch.logTimeUs();
          for (EventView event : batch) {
            found.add(id, lastUs, event);
          }
        }
        found.checkOverdue(id, lastUs);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    found.checkWays();
    return found;
  }

  /** How many timers have neither fired nor been cancelled. */
  int pendingTimers() {
    return pendingTimers.size();
  }

  /** Whether messages were sent and not received. */
  boolean areUnderWay() {
    return sent.entrySet().stream()
        .anyMatch(way -> way.getValue() > received.getOrDefault(way.getKey(), 0L));
  }

  private void add(PartitionId id, long logTimeUs, EventView event) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(event.payload());
    switch (event.type() - BatchFormat.FIRST_SYSTEM_TYPE) {
      case 3 -> {
        MessageSent e = MessageSent.parseFrom(in);
        Way way = Way.of(id, e.getTargetService(), e.getTargetPartition());
        follows(sent, way, e.getSequence(), "sent");
        sentUs.put(new Message(way, e.getSequence()), logTimeUs);
      }
      case 4 -> {
        MessageReceived e = MessageReceived.parseFrom(in);
        Way way = new Way(e.getSourceService() + "/" + e.getSourcePartition(), id.toString());
        follows(received, way, e.getSequence(), "received");
        receivedUs.put(new Message(way, e.getSequence()), logTimeUs);
      }
      case 6 -> {
        TimerSet e = TimerSet.parseFrom(in);
        pendingTimers.put(timer(id, event, e.getName()), e.getAtUs());
      }
      case 7 -> {
        TimerCleared e = TimerCleared.parseFrom(in);
        if (pendingTimers.remove(timer(id, event, e.getName())) == null) {
          throw new AssertionError(id + ": a timer was cancelled that was not set: " + e);
        }
      }
      case 8 -> {
        TimerFired e = TimerFired.parseFrom(in);
        Long atUs = pendingTimers.remove(timer(id, event, e.getName()));
        if (atUs == null || atUs != e.getAtUs()) {
          throw new AssertionError(id + ": a timer fired that was not set, or twice: " + e);
        }
        if (logTimeUs < atUs) {
          throw new AssertionError(id + ": a timer fired before its time: " + e);
        }
      }
      case 16 -> {
        MessagesAcknowledged e = MessagesAcknowledged.parseFrom(in);
        acknowledged.merge(
            Way.of(id, e.getTargetService(), e.getTargetPartition()),
            e.getUpToSequence(),
            Math::max);
      }
      default -> {}
    }
  }

  private static Timer timer(PartitionId id, EventView event, String name) {
    return new Timer(id, event.project(), event.slot(), name);
  }

  private static void follows(Map<Way, Long> lasts, Way way, long sequence, String what) {
    long before = lasts.getOrDefault(way, 0L);
    if (sequence != before + 1) {
      throw new AssertionError(
          "of the messages from %s to %s, %d was %s after %d"
              .formatted(way.from(), way.to(), sequence, what, before));
    }
    lasts.put(way, sequence);
  }

  private void checkOverdue(PartitionId id, long lastUs) {
    pendingTimers.forEach((timer, atUs) -> {
      if (timer.partition().equals(id) && atUs + LATE_US < lastUs) {
        throw new AssertionError(
            "%s never fired: it was due %d us before the log's last batch"
                .formatted(timer, lastUs - atUs));
      }
    });
  }

  private void checkWays() {
    received.forEach((way, last) -> {
      if (last > sent.getOrDefault(way, 0L)) {
        throw new AssertionError(
            "message %d from %s to %s was received and is not in the log of its sender"
                .formatted(last, way.from(), way.to()));
      }
    });
    receivedUs.forEach((message, us) -> {
      Long cause = sentUs.get(message);
      if (cause != null && cause > us) {
        throw new AssertionError(
            "%s was received at log time %d, before it was sent at %d"
                .formatted(message, us, cause));
      }
    });
    acknowledged.forEach((way, last) -> {
      if (last > received.getOrDefault(way, 0L)) {
        throw new AssertionError(
            "message %d from %s to %s was acknowledged and not received"
                .formatted(last, way.from(), way.to()));
      }
    });
  }

  /**
   * Each message is handled once, in the order of its sender, and none that its sender has
   * forgotten; each timer fires once and not before its time.
   */
  static final class MessagesAndTimersHappenOnce implements Invariant {
    @Override
    public void stopped(StoppedNode node) {
      Deliveries.in(node);
    }
  }
}
