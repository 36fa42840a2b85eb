package io.thalweg.runtime;

import com.google.rpc.Code;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Requests of clients that were set aside by their commands until there is news for them: in
 * memory, executed again when their topic is woken or their time is over, and refused when the
 * partition closes or fails. A request that waits has done nothing yet.
 *
 * <p>Of those that wait for one topic the one that has waited longest is woken first. Waking one
 * that is not executed any more (nobody waits for its answer) passes on to the next.
 *
 * <p>Used by the partition's thread.
 */
final class WaitingRoom {
  /** The most that wait in a partition. */
  static final int MAX_WAITING = 10_000;

  /** The most bytes of a request that may wait. */
  static final int MAX_REQUEST_BYTES = 16 << 10;

  private static final long FULL_RETRY_MS = 500;

  private final PartitionMetrics metrics;
  private final Map<Topic, LinkedHashSet<Waiter>> topics = new HashMap<>();
  private final TreeSet<Waiter> byTime = new TreeSet<>(WaitingRoom::compare);
  private final ArrayDeque<Waiter> woken = new ArrayDeque<>();
  private long sequence;

  WaitingRoom(PartitionMetrics metrics) {
    this.metrics = metrics;
  }

  private record Topic(int project, int slot, String name) {}

  /**
   * A request that waits.
   *
   * @param askedUs log time at which it was executed first
   * @param wakeNs the host's monotonic clock at which it is executed at the latest
   */
  record Waiter(Call call, Topic topic, long askedUs, long wakeNs, long sequence) {
    // One object is one waiter.
    @Override
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(sequence);
    }
  }

  private static int compare(Waiter a, Waiter b) {
    int byTime = Long.signum(a.wakeNs() - b.wakeNs());
    return byTime != 0 ? byTime : Long.compare(a.sequence(), b.sequence());
  }

  /**
   * Sets a request aside.
   *
   * @param askedUs log time at which it was executed first
   * @throws Failure RESOURCE_EXHAUSTED, to be tried again, if too many wait; INVALID_ARGUMENT if
   *     the request is too large to wait
   */
  void enter(Call call, SetAside aside, long askedUs, long nowUs, long nowNs) {
    if (call.sizeBytes() > MAX_REQUEST_BYTES) {
      throw Failure.of(
          Code.INVALID_ARGUMENT,
          "a request that waits must have at most %d bytes; got %d"
              .formatted(MAX_REQUEST_BYTES, call.sizeBytes()));
    }
    if (byTime.size() >= MAX_WAITING) {
      metrics.waitingFull.increment();
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "%d requests wait in this partition, the most that may; try again later"
              .formatted(MAX_WAITING),
          FULL_RETRY_MS);
    }
    long wakeNs = nowNs + 1_000 * Math.max(0, aside.untilUs() - nowUs);
    long deadlineNs = call.request().deadlineNs();
    if (deadlineNs != Long.MAX_VALUE && deadlineNs - wakeNs < 0) {
      wakeNs = deadlineNs;
    }
    Topic topic = new Topic(call.project(), call.slot(), aside.topic());
    Waiter waiter = new Waiter(call, topic, askedUs, wakeNs, sequence++);
    topics.computeIfAbsent(topic, t -> new LinkedHashSet<>()).add(waiter);
    byTime.add(waiter);
    metrics.waiting = byTime.size();
  }

  /** Has up to {@code count} of those that wait for a topic executed again. */
  void wake(int project, int slot, String name, int count) {
    Topic topic = new Topic(project, slot, name);
    LinkedHashSet<Waiter> waiters = topics.get(topic);
    for (int i = 0; waiters != null && i < count && !waiters.isEmpty(); i++) {
      Waiter first = waiters.getFirst();
      leave(first);
      woken.add(first);
      waiters = topics.get(topic);
    }
  }

  /** How many wait for a topic. */
  int count(int project, int slot, String name) {
    LinkedHashSet<Waiter> waiters = topics.get(new Topic(project, slot, name));
    return waiters == null ? 0 : waiters.size();
  }

  /** One that was woken is not executed: the news is for the next. */
  void passOn(Waiter waiter) {
    Topic topic = waiter.topic();
    wake(topic.project(), topic.slot(), topic.name(), 1);
  }

  private void leave(Waiter waiter) {
    LinkedHashSet<Waiter> waiters = topics.get(waiter.topic());
    if (waiters != null) {
      waiters.remove(waiter);
      if (waiters.isEmpty()) {
        topics.remove(waiter.topic());
      }
    }
    byTime.remove(waiter);
    metrics.waiting = byTime.size();
  }

  /** The next to execute again, or null. It is not in the room any more. */
  @Nullable Waiter next(long nowNs) {
    Waiter first = woken.poll();
    if (first != null || byTime.isEmpty() || byTime.first().wakeNs() - nowNs > 0) {
      return first;
    }
    first = byTime.first();
    leave(first);
    return first;
  }

  /** How long there is nobody to execute again unless somebody is woken. */
  long pauseNs(long nowNs) {
    if (!woken.isEmpty()) {
      return 0;
    }
    return byTime.isEmpty() ? Long.MAX_VALUE : Math.max(0, byTime.first().wakeNs() - nowNs);
  }

  /** Refuses all that wait. */
  void dismiss(Failure failure) {
    woken.addAll(byTime);
    byTime.clear();
    topics.clear();
    metrics.waiting = 0;
    for (Waiter waiter = woken.poll(); waiter != null; waiter = woken.poll()) {
      waiter.call().handler().failure(failure);
    }
  }
}
