package io.thalweg.runtime;

import io.thalweg.log.SegmentLogOptions;
import io.thalweg.state.StateOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Sizes and bounds of a node.
 *
 * @param partitions partitions of each service, 1 to 1,024; fixed when a data directory is made
 * @param queueRequests requests that may wait in a partition, 16 to 1,048,576
 * @param queueBytes bytes that they may take, 1 MiB to 1 GiB
 * @param replyWindow how long the reply to a named command is kept, in log time; 1 s to 30 days
 * @param maxStoredReplies how many of them a partition keeps, 1 to 10,000,000 (about 100 bytes of
 *     memory each, beside the rows)
 * @param maxWatchers watchers of the node, 1 to 1,000,000
 * @param maxClockJump how far the log's time may be ahead of this machine's clock at open, 1 s to
 *     365 days
 * @param log of the segment log
 * @param state of the tables
 */
public record NodeOptions(
    int partitions,
    int queueRequests,
    long queueBytes,
    Duration replyWindow,
    long maxStoredReplies,
    int maxWatchers,
    Duration maxClockJump,
    SegmentLogOptions log,
    StateOptions state) {

  public NodeOptions {
    check("partitions", partitions, 1, 1024);
    check("queueRequests", queueRequests, 16, 1 << 20);
    check("queueBytes", queueBytes, 1 << 20, 1 << 30);
    check("replyWindow in seconds", replyWindow.toSeconds(), 1, TimeUnit.DAYS.toSeconds(30));
    check("maxStoredReplies", maxStoredReplies, 1, 10_000_000);
    check("maxWatchers", maxWatchers, 1, 1_000_000);
    check("maxClockJump in seconds", maxClockJump.toSeconds(), 1, TimeUnit.DAYS.toSeconds(365));
  }

  /**
   * 4 partitions; queues of 16,384 requests and 64 MiB; replies kept for a day, 200,000 a
   * partition; 20,000 watchers; the log's time at most an hour ahead; 128 MiB for tables.
   */
  public static NodeOptions defaults() {
    return new NodeOptions(
        4,
        16_384,
        64L << 20,
        Duration.ofDays(1),
        200_000,
        20_000,
        Duration.ofHours(1),
        SegmentLogOptions.DEFAULTS,
        StateOptions.defaults());
  }

  public NodeOptions withPartitions(int count) {
    return new NodeOptions(
        count,
        queueRequests,
        queueBytes,
        replyWindow,
        maxStoredReplies,
        maxWatchers,
        maxClockJump,
        log,
        state);
  }

  public NodeOptions withQueue(int requests, long bytes) {
    return new NodeOptions(
        partitions,
        requests,
        bytes,
        replyWindow,
        maxStoredReplies,
        maxWatchers,
        maxClockJump,
        log,
        state);
  }

  public NodeOptions withReplies(Duration window, long most) {
    return new NodeOptions(
        partitions, queueRequests, queueBytes, window, most, maxWatchers, maxClockJump, log, state);
  }

  public NodeOptions withMaxWatchers(int count) {
    return new NodeOptions(
        partitions,
        queueRequests,
        queueBytes,
        replyWindow,
        maxStoredReplies,
        count,
        maxClockJump,
        log,
        state);
  }

  public NodeOptions withMaxClockJump(Duration jump) {
    return new NodeOptions(
        partitions,
        queueRequests,
        queueBytes,
        replyWindow,
        maxStoredReplies,
        maxWatchers,
        jump,
        log,
        state);
  }

  public NodeOptions withLog(SegmentLogOptions options) {
    return new NodeOptions(
        partitions,
        queueRequests,
        queueBytes,
        replyWindow,
        maxStoredReplies,
        maxWatchers,
        maxClockJump,
        options,
        state);
  }

  public NodeOptions withState(StateOptions options) {
    return new NodeOptions(
        partitions,
        queueRequests,
        queueBytes,
        replyWindow,
        maxStoredReplies,
        maxWatchers,
        maxClockJump,
        log,
        options);
  }

  long replyWindowUs() {
    return TimeUnit.MILLISECONDS.toMicros(replyWindow.toMillis());
  }

  private static void check(String field, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          field + " must be from " + min + " to " + max + "; got " + value);
    }
  }
}
