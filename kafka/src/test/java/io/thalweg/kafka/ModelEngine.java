package io.thalweg.kafka;

import io.thalweg.host.Host;
import io.thalweg.log.Log;
import io.thalweg.log.PartitionId;
import io.thalweg.testkit.SimulatedEngine;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@link ModelTopic}s under a simulated node: a thread of the world lets things happen in them. */
final class ModelEngine implements SimulatedEngine {
  private static final long MAX_STEP_NS = 400_000;
  private static final long MAX_ANSWER_NS = 300_000;
  private static final int MAX_CHAOS = 12;

  private final SplittableRandom random;
  private final Host world;
  private final Map<PartitionId, ModelTopic> topics = new TreeMap<>();
  private final int chaos;
  private @Nullable Thread thread;
  private boolean healed;

  ModelEngine(long seed, Host world) {
    random = new SplittableRandom(seed);
    this.world = world;
    chaos = random.nextInt(3) == 0 ? 0 : random.nextInt(MAX_CHAOS);
  }

  private ModelTopic topic(PartitionId id) {
    return topics.computeIfAbsent(
        id,
        _ -> {
          ModelTopic made = new ModelTopic(random.nextLong(), chaos);
          if (healed) {
            made.calm();
          }
          return made;
        });
  }

  private void run() {
    while (true) {
      boolean quiet = true;
      for (ModelTopic topic : List.copyOf(topics.values())) {
        if (!topic.isQuiet()) {
          topic.step();
          quiet = false;
        }
      }
      if (quiet) {
        world.park(this);
      } else {
        world.parkNanos(this, 1 + random.nextLong(MAX_STEP_NS));
      }
    }
  }

  private void wake() {
    if (thread == null) {
      thread = world.thread("kafka", this::run);
      world.start(thread);
    }
    world.unpark(thread);
  }

  @Override
  public void heal() {
    healed = true;
    topics.values().forEach(ModelTopic::calm);
  }

  @Override
  public Log openLog(Host host) {
    return new TopicLog(new Seen(host), host, new UUID(1, 1));
  }

  /** The topics as one life of the node sees them: every answer takes a while. */
  private final class Seen implements Topics {
    private final Host host;

    Seen(Host host) {
      this.host = host;
    }

    private void answerTakes() {
      host.parkNanos(this, 1 + random.nextLong(MAX_ANSWER_NS));
    }

    @Override
    public Topic open(PartitionId id) {
      ModelTopic topic = topic(id);
      return new Topic() {
        @Override
        public UUID topicId() {
          return topic.topicId();
        }

        @Override
        public void append(byte[] record, Outcome outcome) {
          topic.append(record, outcome);
          wake();
        }

        @Override
        public List<TopicRecord> read(long from, int maxBytes) {
          answerTakes();
          return topic.read(from, maxBytes);
        }

        @Override
        public long endOffset() {
          answerTakes();
          return topic.endOffset();
        }

        @Override
        public long startOffset() {
          return topic.startOffset();
        }

        @Override
        public void deleteBefore(long offset) {
          answerTakes();
          topic.deleteBefore(offset);
        }

        @Override
        public long offsetAt(long timeMs) {
          answerTakes();
          return topic.offsetAt(timeMs);
        }
      };
    }

    @Override
    public Map<PartitionId, Long> endOffsets(Collection<PartitionId> ids) {
      answerTakes();
      Map<PartitionId, Long> ends = new HashMap<>();
      ids.forEach(id -> ends.put(id, topic(id).endOffset()));
      return ends;
    }

    @Override
    public Map<PartitionId, String> unsafe(Collection<PartitionId> ids) {
      return Map.of();
    }

    @Override
    public void close() {
      // It outlives the node.
    }
  }
}
