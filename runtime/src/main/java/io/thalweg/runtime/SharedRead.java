package io.thalweg.runtime;

import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A read that several callers have asked for: executed once, answered to all of them.
 *
 * <p>Others may join until its execution begins on the first of its partitions, and not after: so
 * what it sees was there after each of them had asked, and every one has an answer that is
 * linearizable. It is executed as long as one of them still waits. Thread-safe.
 */
final class SharedRead implements ReplyHandler {
  /** The most that one answer is for; more make a read of their own. */
  static final int MAX_CALLERS = 1_024;

  private final Consumer<SharedRead> onBegin;
  private final List<ReplyHandler> callers = new ArrayList<>(1);
  private long deadlineNs;
  private boolean begun;
  private boolean wanted;

  /**
   * A read that nobody else has joined.
   *
   * @param onBegin called once, when nobody may join it any more; with a lock held
   */
  SharedRead(ReplyHandler first, long deadlineNs, Consumer<SharedRead> onBegin) {
    this.onBegin = onBegin;
    this.deadlineNs = deadlineNs;
    callers.add(first);
  }

  /** Adds a caller, who is answered with the others; false if it is too late, or full. */
  synchronized boolean join(ReplyHandler caller, long callerDeadlineNs) {
    if (begun || callers.size() >= MAX_CALLERS) {
      return false;
    }
    callers.add(caller);
    deadlineNs = later(deadlineNs, callerDeadlineNs);
    return true;
  }

  private static long later(long a, long b) {
    return a == Long.MAX_VALUE || b == Long.MAX_VALUE ? Long.MAX_VALUE : a - b > 0 ? a : b;
  }

  /**
   * The first of its partitions begins to execute it; the others say so too.
   *
   * @return whether somebody still waits for it; the same for all partitions
   */
  synchronized boolean begin(long nowNs) {
    if (!begun) {
      end();
      wanted = !Call.isPast(deadlineNs, nowNs);
    }
    return wanted;
  }

  private void end() {
    begun = true;
    onBegin.accept(this);
  }

  /** When the last of the callers stops waiting. */
  synchronized long deadlineNs() {
    return deadlineNs;
  }

  private synchronized List<ReplyHandler> answered() {
    if (!begun) {
      end();
    }
    return callers;
  }

  @Override
  public void reply(Message reply, Position position) {
    answered().forEach(caller -> caller.reply(reply, position));
  }

  @Override
  public void failure(Failure failure) {
    answered().forEach(caller -> caller.failure(failure));
  }
}
