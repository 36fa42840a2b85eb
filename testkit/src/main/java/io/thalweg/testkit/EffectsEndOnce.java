package io.thalweg.testkit;

import com.google.protobuf.CodedInputStream;
import io.thalweg.log.Batch;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.EventView;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.NodeStatus;
import io.thalweg.runtime.system.EffectDone;
import io.thalweg.runtime.system.EffectEnd;
import io.thalweg.runtime.system.EffectIntended;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Each effect that the log holds has exactly one result; one that succeeded has reached the world
 * outside at least once. It is called when its command is durable and not before, never when its
 * result is, and never if its command is not in the log.
 */
final class EffectsEndOnce implements Invariant {
  private static final long MAX_WAIT_MS = TimeUnit.HOURS.toMillis(1);
  private static final long STEP_MS = 500;

  private final SimulatedEffects outside;

  EffectsEndOnce(SimulatedEffects outside) {
    this.outside = outside;
  }

  @Override
  public void quiet(QuietNode node) {
    for (long ms = 0; pending(node) > 0; ms += STEP_MS) {
      if (ms > MAX_WAIT_MS) {
        throw new AssertionError(pending(node) + " effects have no result after an hour");
      }
      node.sleep(STEP_MS);
    }
  }

  private static long pending(QuietNode node) {
    return node.node().status().partitions().stream()
        .mapToLong(NodeStatus.PartitionStatus::pendingEffects)
        .sum();
  }

  @Override
  public void stopped(StoppedNode node) {
    Set<String> known = new HashSet<>();
    for (PartitionId id : node.partitions()) {
      Map<Long, EffectIntended> open = new HashMap<>();
      try (LogReader reader = node.read(id)) {
        for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
          for (EventView event : batch) {
            look(id, event, open, known);
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      if (!open.isEmpty()) {
        throw new AssertionError("effects without a result: " + open.keySet());
      }
    }
    for (String called : outside.attempts().keySet()) {
      if (!known.contains(called)) {
        throw new AssertionError(called + " was called and is not in the log");
      }
    }
  }

  private void look(
      PartitionId id, EventView event, Map<Long, EffectIntended> open, Set<String> known)
      throws IOException {
    if (event.type() == BatchFormat.FIRST_SYSTEM_TYPE + 9) {
      EffectIntended intended =
          EffectIntended.parseFrom(CodedInputStream.newInstance(event.payload()));
      open.put(event.offset(), intended);
      if (!known.add(intended.getId())) {
        throw new AssertionError("two effects are called " + intended.getId());
      }
    } else if (event.type() == BatchFormat.FIRST_SYSTEM_TYPE + 10) {
      EffectDone done = EffectDone.parseFrom(CodedInputStream.newInstance(event.payload()));
      EffectIntended intended = open.remove(done.getOffset());
      if (intended == null) {
        throw new AssertionError(
            "%s has two results of the effect at offset %d".formatted(id, done.getOffset()));
      }
      check(intended.getId(), done, event.offset());
    }
  }

  private void check(String id, EffectDone done, long doneOffset) {
    List<SimulatedEffects.Attempt> attempts = outside.attempts().getOrDefault(id, List.of());
    if (attempts.size() < done.getAttempts()) {
      throw new AssertionError(id + " was called less often than its result says");
    }
    if (done.getEnd() == EffectEnd.SUCCEEDED
        && attempts.stream().noneMatch(SimulatedEffects.Attempt::isReached)) {
      throw new AssertionError(id + " succeeded, and nothing was called");
    }
    for (SimulatedEffects.Attempt attempt : attempts) {
      long durable = attempt.durableOffset();
      if (durable >= 0 && durable <= done.getOffset()) {
        throw new AssertionError(id + " was called before its command was durable");
      }
      if (durable > doneOffset) {
        throw new AssertionError(id + " was called after its result was durable");
      }
    }
  }
}
