package io.thalweg.kafka;

import io.thalweg.log.Lineage;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogException;
import io.thalweg.log.OffsetOutOfRangeException;
import io.thalweg.log.PartitionId;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * One partition as this process knows it: how far its topic was read and judged (the tail), the
 * leader if that is here, and who wants to hear of news.
 *
 * <p>The tail moves on by every record exactly once, whoever brings it: the leader its own when
 * they are acknowledged, all others what they have read. Thread-safe; nothing waits while it holds
 * the monitor.
 */
final class SharedPartition {
  private static final int READ_BYTES = 1 << 20;
  private static final long RECENT_BYTES = 1 << 20;

  private final PartitionId id;
  private final Topic topic;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final RecentRecords recent = new RecentRecords(RECENT_BYTES);
  private final OffsetIndex index = new OffsetIndex();
  private final Map<Verdict, Long> verdicts = new EnumMap<>(Verdict.class);
  private final Set<TopicReader> readers = ConcurrentHashMap.newKeySet();
  private TopicChain tail;
  private @Nullable TopicLeader leader;

  /** Grows when what was read turned out to be no longer there. */
  private int history;

  /** Whether somebody has begun to read it, and wants it to be read on. */
  private volatile boolean followed;

  /** The Kafka offset below which records were removed, as far as is known here. */
  private volatile long begins;

  /** Whether records behind the tail were removed before they were read. */
  private volatile boolean cutOff;

  // Of the tail, for those who only look.
  private volatile long position;
  private volatile ChainPoint durable = ChainPoint.BEGINNING;

  SharedPartition(PartitionId id, Topic topic) {
    this.id = id;
    this.topic = topic;
    tail = new TopicChain(id, ChainPoint.BEGINNING);
    begins = topic.startOffset();
  }

  PartitionId id() {
    return id;
  }

  Topic topic() {
    return topic;
  }

  List<Runnable> listeners() {
    return listeners;
  }

  boolean isFollowed() {
    return followed;
  }

  /** The place after the last valid record that is known here. */
  ChainPoint durable() {
    return durable;
  }

  /** The Kafka offset up to which the topic was judged. */
  long position() {
    return position;
  }

  synchronized int history() {
    return history;
  }

  List<Lineage> lineages() {
    return durable.lineages();
  }

  /** How many records were met, by what they are. */
  synchronized Map<Verdict, Long> verdicts() {
    return new EnumMap<>(verdicts);
  }

  // ---------------------------------------------------------------- the tail moves on

  /**
   * Reads the topic up to its end as it is now.
   *
   * @throws TopicException if Kafka cannot be reached
   * @throws LogException if records that were read are no longer there
   */
  void catchUp() {
    followed = true;
    // Asked first: the tail may move on meanwhile.
    long known = position;
    long end = topic.endOffset();
    if (end < known) {
      throw lost(known, end);
    }
    catchUpTo(end);
  }

  /** Reads the topic up to an offset, which is committed. */
  void catchUpTo(long end) {
    long from = position;
    while (from < end) {
      List<TopicRecord> records = read(from);
      if (records.isEmpty()) {
        throw new TopicException(
            "%s ends at Kafka offset %d, and nothing can be read at %d".formatted(id, end, from));
      }
      offer(records);
      from = Math.max(position, records.get(records.size() - 1).offset() + 1);
    }
  }

  private List<TopicRecord> read(long from) {
    // There may be offsets without a record, so what was removed must never look like those.
    if (from >= begins) {
      try {
        return topic.read(from, READ_BYTES);
      } catch (OffsetOutOfRangeException e) {
        begin(topic.startOffset());
        if (from >= begins) {
          throw e;
        }
      }
    }
    boolean news = !cutOff;
    cutOff = true;
    if (news) {
      listeners.forEach(Runnable::run);
    }
    throw removed(from);
  }

  /** Why a place cannot be read. */
  OffsetOutOfRangeException removed(long from) {
    return new OffsetOutOfRangeException(
        "the records of %s before Kafka offset %d were removed, and what follows %d is needed: a checkpoint is needed instead"
            .formatted(id, begins, from));
  }

  /** Whether it cannot be read on from where it is, since that was removed. */
  boolean isCutOff() {
    return cutOff;
  }

  /** What was read up to an offset ends before it now: what was made of it is worth nothing. */
  LogException lost(long known, long end) {
    synchronized (this) {
      history++;
      tail = new TopicChain(id, ChainPoint.BEGINNING);
      publish();
      recent.clear();
      index.clear();
      if (leader != null) {
        leader.fail(new LogException(id + " has lost records that were committed"));
        leader = null;
      }
    }
    return new LogException(
        "%s was read up to Kafka offset %d, and now ends at %d: the cluster has lost committed records"
            .formatted(id, known, end));
  }

  /** Takes over records that were read, in order; those that are known already are skipped. */
  void offer(List<TopicRecord> records) {
    boolean news = false;
    synchronized (this) {
      for (TopicRecord record : records) {
        if (record.offset() >= tail.position()) {
          news |= advance(record);
        }
      }
      if (leader != null) {
        leader.look(tail);
      }
    }
    if (news) {
      listeners.forEach(Runnable::run);
    }
  }

  /**
   * A record of the leader was acknowledged.
   *
   * @return whether what lies between the tail and the record must be read now
   */
  boolean acknowledged(TopicLeader from, PendingRecord pending, long offset) {
    boolean news = false;
    boolean gap;
    synchronized (this) {
      pending.offset = offset;
      gap = offset > tail.position();
      if (offset == tail.position()) {
        news = advance(new TopicRecord(offset, pending.bytes));
      }
      if (leader == from && !gap) {
        from.look(tail);
      }
    }
    if (news) {
      listeners.forEach(Runnable::run);
    }
    return gap;
  }

  // Whether durable events were added.
  private boolean advance(TopicRecord record) {
    ChainPoint before = tail.point();
    Verdict verdict = tail.accept(record);
    verdicts.merge(verdict, 1L, Long::sum);
    recent.add(record);
    publish();
    if (!verdict.isValid()) {
      return false;
    }
    ChainPoint now = tail.point();
    index.add(now);
    TopicLeader here = leader;
    if (here != null) {
      if (now.epoch() != here.epoch()) {
        leader = null;
        here.deposed(now.epoch());
      } else if (verdict == Verdict.BATCH) {
        here.confirmed(now);
      }
    }
    return now.nextOffset() > before.nextOffset();
  }

  private void publish() {
    durable = tail.point();
    position = tail.position();
  }

  // ---------------------------------------------------------------- leading

  /**
   * Makes this process the leader if the barrier at an offset, which was read, is the last valid
   * one.
   *
   * @return null if it is not
   */
  synchronized @Nullable TopicLeader lead(long barrierOffset, LeaderStart start) {
    ChainPoint now = tail.point();
    if (now.epoch() != barrierOffset + 1) {
      return null;
    }
    if (leader != null) {
      leader.deposed(now.epoch());
    }
    TopicLeader made = new TopicLeader(this, now, start);
    leader = made;
    return made;
  }

  /** Makes a leader. */
  interface LeaderStart {
    int contractLevel();

    io.thalweg.log.AppendListener listener();

    /** Has the topic read up to its end soon, on another thread. */
    void readSoon(SharedPartition partition);
  }

  /** A former leadership of this process is over: it hears nothing any more. */
  void forgetLeader() {
    TopicLeader former;
    synchronized (this) {
      former = leader;
    }
    if (former != null) {
      former.resign();
    }
  }

  synchronized void ended(TopicLeader who) {
    if (leader == who) {
      leader = null;
    }
  }

  /** Whether something of a leader here is on its way: that will bring the tail on. */
  synchronized boolean isWaiting() {
    return leader != null && leader.isWaiting();
  }

  synchronized boolean isLed() {
    return leader != null;
  }

  /** Ends a leadership that must not go on. */
  synchronized void depose(LogException why) {
    if (leader != null) {
      leader.fail(why);
      leader = null;
    }
  }

  // ---------------------------------------------------------------- reading

  /** The Kafka offset below which records were removed, as far as is known here. */
  long begins() {
    return begins;
  }

  /** Records before a Kafka offset were removed. */
  synchronized void begin(long offset) {
    if (offset > begins) {
      begins = offset;
      index.removeBefore(offset);
    }
  }

  /** The readers that are open here: each needs what it has not read. */
  Set<TopicReader> readers() {
    return readers;
  }

  /** The first place that events can be read from; null if none is known here. */
  synchronized @Nullable ChainPoint first() {
    return begins == 0 ? ChainPoint.BEGINNING : index.first();
  }

  /** What is known of the topic at an offset without asking Kafka. */
  synchronized @Nullable TopicRecord recent(long offset) {
    return offset < tail.position() ? recent.at(offset) : null;
  }

  /** A place at or before an event offset; null if there is none any more, or it is not known. */
  synchronized @Nullable ChainPoint before(long eventOffset) {
    ChainPoint known = index.before(eventOffset);
    return known == null && begins == 0 ? ChainPoint.BEGINNING : known;
  }

  /** A reader has come through here. */
  synchronized void passed(ChainPoint point, int ofHistory) {
    if (ofHistory == history) {
      index.add(point);
    }
  }

  /** A cursor was found in the topic: what is before it need not be read. */
  synchronized void begin(ChainPoint found) {
    index.pin(found);
    if (found.position() > tail.position()) {
      tail = new TopicChain(id, found);
      recent.clear();
      cutOff = false;
      publish();
    }
  }

  LogCursor cursor(ChainPoint point) {
    return point.cursor(topic.topicId());
  }
}
