package io.thalweg.leaderboard.resp;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Notices that a client has begun a command and does not end it, or that it takes nothing of its
 * replies. A connection has one timer at most, and none while its commands come whole. Of the event
 * loop.
 */
final class SlowClient {
  private static final long NOT = Long.MIN_VALUE;

  private final EventLoop eventLoop;
  private final long timeoutNs;
  private final Consumer<Reason> slow;
  private long commandSinceNs = NOT;
  private long repliesSinceNs = NOT;
  private @Nullable Runnable cancel;

  /** What it waited for in vain. */
  enum Reason {
    COMMAND,
    REPLIES
  }

  /**
   * Of a client that is not slow.
   *
   * @param slow called when it is noticed
   */
  SlowClient(EventLoop eventLoop, long timeoutMs, Consumer<Reason> slow) {
    this.eventLoop = eventLoop;
    this.timeoutNs = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    this.slow = slow;
  }

  /** Whether the rest of a command is to come. */
  void waitsForCommand(boolean waits) {
    commandSinceNs = since(commandSinceNs, waits);
  }

  /** Whether replies wait for the client to take those before them. */
  void waitsForReplies(boolean waits) {
    repliesSinceNs = since(repliesSinceNs, waits);
  }

  private long since(long before, boolean waits) {
    if (!waits) {
      return NOT;
    }
    arm(timeoutNs);
    return before == NOT ? System.nanoTime() : before;
  }

  private void arm(long afterNs) {
    if (cancel == null) {
      var timer = eventLoop.schedule(this::look, afterNs, TimeUnit.NANOSECONDS);
      cancel = () -> timer.cancel(false);
    }
  }

  private void look() {
    cancel = null;
    long nowNs = System.nanoTime();
    long commandLeftNs = left(commandSinceNs, nowNs);
    long repliesLeftNs = left(repliesSinceNs, nowNs);
    if (repliesLeftNs <= 0) {
      gone();
      slow.accept(Reason.REPLIES);
    } else if (commandLeftNs <= 0) {
      commandSinceNs = NOT;
      slow.accept(Reason.COMMAND);
    } else if (Math.min(commandLeftNs, repliesLeftNs) != Long.MAX_VALUE) {
      arm(Math.min(commandLeftNs, repliesLeftNs));
    }
  }

  private long left(long sinceNs, long nowNs) {
    return sinceNs == NOT ? Long.MAX_VALUE : timeoutNs - (nowNs - sinceNs);
  }

  /** The client is gone. */
  void gone() {
    commandSinceNs = NOT;
    repliesSinceNs = NOT;
    Runnable timer = cancel;
    cancel = null;
    if (timer != null) {
      timer.run();
    }
  }
}
