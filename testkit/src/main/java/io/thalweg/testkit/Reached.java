package io.thalweg.testkit;

import com.google.protobuf.CodedInputStream;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.thalweg.log.Batch;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.EventView;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.system.DeadLetterResolved;
import io.thalweg.runtime.system.MessageReceived;
import io.thalweg.runtime.system.ReplyStored;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Which faults befell a run, and which situations it got into. */
final class Reached implements Invariant {
  private static final Map<String, Situation> METERS =
      Map.of(
          "thalweg.messages.duplicates", Situation.MESSAGE_AGAIN,
          "thalweg.messages.received", Situation.MESSAGE,
          "thalweg.timers.fired", Situation.TIMER,
          "thalweg.deadletters.added", Situation.DEAD_LETTER);

  private final Set<Fault> faults = EnumSet.noneOf(Fault.class);
  private final Set<Situation> situations = EnumSet.noneOf(Situation.class);

  Set<Fault> faults() {
    return faults;
  }

  Set<Situation> situations() {
    return situations;
  }

  void add(Fault fault) {
    faults.add(fault);
  }

  void add(Situation situation) {
    situations.add(situation);
  }

  /** A request was refused. */
  void refused(Failure failure) {
    Situation situation = Situation.of(failure);
    if (situation != null) {
      situations.add(situation);
    }
  }

  /** A life of the node is about to end. */
  void endOf(Node node) {
    if (node.status().log().segments() > 1) {
      situations.add(Situation.SEGMENT_ROLLED);
    }
    METERS.forEach((name, situation) -> {
      for (Meter meter : node.meters().find(name).meters()) {
        for (Measurement measurement : meter.measure()) {
          if (measurement.getValue() > 0) {
            situations.add(situation);
          }
        }
      }
    });
  }

  /** What only the log tells. */
  @Override
  public void stopped(StoppedNode node) {
    for (PartitionId id : node.partitions()) {
      long expiresUs = Long.MAX_VALUE;
      try (LogReader reader = node.read(id)) {
        for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
          for (EventView event : batch) {
            CodedInputStream in = CodedInputStream.newInstance(event.payload());
            switch (event.type() - BatchFormat.FIRST_SYSTEM_TYPE) {
              case 1 -> {
                if (expiresUs <= batch.logTimeUs()) {
                  situations.add(Situation.NAME_EXPIRED);
                }
                expiresUs = Math.min(expiresUs, ReplyStored.parseFrom(in).getExpireTimeUs());
              }
              case 4 -> {
                if (!MessageReceived.parseFrom(in).getSourceService().equals(id.service())) {
                  situations.add(Situation.SUBSCRIPTION);
                }
              }
              case 17 -> {
                if (DeadLetterResolved.parseFrom(in).getHow() == DeadLetterResolved.How.RETRIED) {
                  situations.add(Situation.DEAD_LETTER_RETRIED);
                }
              }
              default -> {}
            }
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
