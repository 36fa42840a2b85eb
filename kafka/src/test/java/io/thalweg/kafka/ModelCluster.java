package io.thalweg.kafka;

import io.thalweg.log.AppendListener;
import io.thalweg.log.Batch;
import io.thalweg.log.BatchBuilder;
import io.thalweg.log.EventMeta;
import io.thalweg.log.EventView;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogException;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.log.PartitionLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A few nodes over one {@link ModelTopic}, each of which leads when it feels like it, whatever the
 * others do, is restarted now and then, and reads what is there. Whatever a node is told is
 * remembered, and compared with the log in the end.
 */
final class ModelCluster {
  static final PartitionId ID = new PartitionId("board", 0);
  private static final int NODES = 3;
  private static final int MAX_ON_THE_WAY = 4;
  private static final int MAX_DEPTH = 3;

  private final SplittableRandom random;
  private final ModelTopic topic;
  private final List<Node> nodes = new ArrayList<>();

  /** What each leadership has appended, in order. */
  private final List<List<Long>> written = new ArrayList<>();

  /** What a client was told is durable: payload by offset. */
  private final Map<Long, Long> acknowledged = new HashMap<>();

  private final Map<Verdict, Long> verdicts = new EnumMap<>(Verdict.class);
  private long acknowledgedEnd;
  private long nextPayload = 1;
  private long logTimeUs = 1_700_000_000_000_000L;
  private int depth;
  int leaderships;
  int deposed;
  int confirmedReads;

  ModelCluster(long seed) {
    random = new SplittableRandom(seed);
    topic = new ModelTopic(random.nextLong(), random.nextInt(4) == 0 ? 0 : random.nextInt(40));
    for (int i = 0; i < NODES; i++) {
      nodes.add(new Node());
    }
  }

  ModelTopic topic() {
    return topic;
  }

  Map<Verdict, Long> verdicts() {
    return verdicts;
  }

  Map<Long, Long> acknowledged() {
    return acknowledged;
  }

  List<List<Long>> written() {
    return written;
  }

  /** Something happens somewhere. */
  void step() {
    if (random.nextInt(3) > 0) {
      topic.step();
    } else {
      nodes.get(random.nextInt(NODES)).step();
    }
  }

  // What happens while a node waits: others may act, and wait as well.
  private void whileWaiting() {
    topic.step();
    if (depth < MAX_DEPTH && random.nextInt(4) == 0) {
      depth++;
      nodes.get(random.nextInt(NODES)).step();
      depth--;
    }
  }

  /** Everything works again, and every node reads to the end. */
  void settle() {
    topic.calm();
    while (!topic.isQuiet()) {
      topic.step();
    }
    nodes.forEach(Node::finish);
  }

  List<List<Long>> readByAll() {
    return nodes.stream().map(node -> node.readAll).toList();
  }

  /** What a reader finds that begins now. */
  List<Long> readAfresh() {
    Node fresh = new Node();
    fresh.finish();
    return fresh.readAll;
  }

  private static long payload(EventView event) {
    return event.payload().getLong();
  }

  /** One node: its log, the leadership that it thinks it has, and what it has read. */
  private final class Node {
    private TopicLog log = open();
    private boolean busy;
    private @Nullable Leadership leadership;
    private @Nullable LogReader reader;

    /** Every event that was read, by offset; a restart goes on behind the cursor. */
    private final List<Long> readAll = new ArrayList<>();

    private @Nullable LogCursor stored;

    private TopicLog open() {
      Topics topics =
          new Topics() {
            @Override
            public Topic open(PartitionId id) {
              return topic;
            }

            @Override
            public Map<PartitionId, Long> endOffsets(Collection<PartitionId> ids) {
              return Map.of(ID, topic.endOffset());
            }

            @Override
            public Map<PartitionId, String> unsafe(Collection<PartitionId> ids) {
              return Map.of();
            }

            @Override
            public void close() {}
          };
      return new TopicLog(
          topics,
          new SteppedHost(random.nextLong(), ModelCluster.this::whileWaiting),
          new UUID(1, 1));
    }

    void step() {
      if (busy) {
        return; // It waits.
      }
      busy = true;
      try {
        act();
      } catch (LogException e) {
        // Kafka cannot be reached, or somebody else leads: it tries again some time.
        if (leadership != null && leadership.ended == null) {
          reopen();
        }
      } finally {
        busy = false;
      }
    }

    private void act() {
      int dice = random.nextInt(100);
      if (dice < 8) {
        lead();
      } else if (dice < 10) {
        restart();
      } else if (dice < 60) {
        append();
      } else if (dice < 80) {
        log.tails().turn();
      } else {
        read();
      }
    }

    private void lead() {
      leadership = null;
      Leadership fresh = new Leadership();
      PartitionLog made = log.lead(ID, 1, 0, fresh);
      fresh.begin(made);
      leadership = fresh;
      leaderships++;
    }

    private void append() {
      Leadership mine = leadership;
      if (mine != null && mine.ended == null && mine.onTheWay.size() < MAX_ON_THE_WAY) {
        mine.append();
      }
    }

    // A reader may have been opened in the middle, on what was stored.
    private void read() {
      if (reader == null) {
        reader = stored == null ? log.read(ID, 0) : log.read(ID, stored);
      }
      if (random.nextInt(4) == 0) {
        log.catchUp(ID);
      }
      readOn(random.nextInt(5));
    }

    private void readOn(int most) {
      LogReader from = reader;
      if (from == null) {
        return;
      }
      for (int i = 0; i < most; i++) {
        Batch batch = from.next();
        if (batch == null) {
          return;
        }
        for (EventView event : batch) {
          if (event.offset() != readAll.size()) {
            throw new AssertionError(
                "a reader met offset " + event.offset() + " after " + readAll.size());
          }
          readAll.add(payload(event));
        }
        stored = LogCursor.decode(from.cursor().encode());
      }
    }

    private void restart() {
      Leadership mine = leadership;
      LogCursor own = mine == null ? null : mine.lastDurable;
      reopen();
      // What a leader stored of its own writing: its cursor was foretold.
      if (own != null && own.nextOffset() == readAll.size()) {
        stored = own;
      }
    }

    private void reopen() {
      note();
      leadership = null;
      reader = null;
      log.close();
      log = open();
    }

    private void note() {
      log.verdicts().forEach((verdict, count) -> verdicts.merge(verdict, count, Long::sum));
    }

    void finish() {
      if (reader == null) {
        reader = stored == null ? log.read(ID, 0) : log.read(ID, stored);
      }
      log.tails().turn();
      log.catchUp(ID);
      readOn(Integer.MAX_VALUE);
      note();
      Leadership mine = leadership;
      if (mine != null && mine.ended == null && !mine.onTheWay.isEmpty()) {
        throw new AssertionError("a leader still waits although nothing is on its way");
      }
    }
  }

  /** A leadership as its node sees it. */
  private final class Leadership implements AppendListener {
    private final List<Long> mine = new ArrayList<>();
    private final ArrayDeque<LogCursor> onTheWay = new ArrayDeque<>();
    private final Map<Long, Long> payloads = new HashMap<>();

    /** By how many batches must be confirmed: what was acknowledged to anybody before. */
    private final Map<Long, Long> reads = new HashMap<>();

    private @Nullable PartitionLog partition;
    private @Nullable LogCursor lastDurable;
    private @Nullable LogException ended;
    private long appended;
    private long confirmed;
    private long durable;

    void begin(PartitionLog made) {
      partition = made;
      durable = made.durableOffset();
      written.add(mine);
      if (made.endOffset() < acknowledgedEnd) {
        throw new AssertionError("a leader begins below what was acknowledged");
      }
    }

    void append() {
      PartitionLog to = partition;
      if (to == null) {
        return;
      }
      BatchBuilder batch = to.begin(logTimeUs += 10);
      for (int i = random.nextInt(4); i > 0; i--) {
        long payload = nextPayload++;
        payloads.put(batch.nextOffset(), payload);
        mine.add(payload);
        batch.beginEvent(1, 0, 0, EventMeta.NONE, 8).putLong(payload);
      }
      boolean isRead = batch.count() == 0;
      long seen = to.endOffset();
      long known = acknowledgedEnd;
      appended++;
      if (isRead && known > seen) {
        // An answer that does not know what others were told already: it must never leave.
        reads.put(appended, seen);
      }
      onTheWay.add(to.append(batch));
    }

    @Override
    public void durable(long endOffset) {
      if (ended != null) {
        throw new AssertionError("durable after the leadership has ended");
      }
      if (endOffset < durable) {
        throw new AssertionError("what is durable goes back");
      }
      for (long offset = durable; offset < endOffset; offset++) {
        Long payload = payloads.get(offset);
        if (payload == null || acknowledged.put(offset, payload) != null) {
          throw new AssertionError("offset " + offset + " is acknowledged twice, or by a stranger");
        }
      }
      durable = endOffset;
      acknowledgedEnd = Math.max(acknowledgedEnd, endOffset);
    }

    @Override
    public void confirmed(long batches) {
      if (batches != confirmed + 1 || batches > appended) {
        throw new AssertionError("batch " + batches + " is confirmed after " + confirmed);
      }
      confirmed = batches;
      confirmedReads++;
      Long stale = reads.get(batches);
      if (stale != null) {
        throw new AssertionError("an answer that knew offsets up to " + stale + " has left");
      }
      lastDurable = onTheWay.removeFirst();
    }

    @Override
    public void failed(LogException cause) {
      if (ended != null) {
        throw new AssertionError("failed twice");
      }
      ended = cause;
      deposed++;
    }
  }
}
