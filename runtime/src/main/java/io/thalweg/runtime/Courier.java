package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.Outbox.Target;
import io.thalweg.runtime.system.MessageReceived;
import io.thalweg.runtime.system.MessagesAcknowledged;
import io.thalweg.runtime.system.OutboxMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers the messages in a partition's outbox to the partitions that they are for, once the batch
 * that they were sent in is durable.
 *
 * <p>To each target at most {@value #WINDOW} are on their way at a time, in order. The target
 * answers each when its receipt is durable, with the last sequence that it has received. What fails
 * (a full queue, a partition that is loading, a handler that throws) makes the courier wait for all
 * that is on its way, pause, and go back to the first that was not received; what is delivered
 * twice so is a duplicate there. What is received is taken out of the outbox by a record of this
 * partition's own log; when a crash comes before that, it is delivered again.
 *
 * <p>If the target awaits a message that is no longer kept, or has received one that was never
 * sent, one of the two logs has lost events; or the node no longer has the service. Then nothing
 * more is delivered to it, loudly, until the partition opens again.
 *
 * <p>Used by the partition's thread; answers come from others and wait in a queue, at most a window
 * for each target.
 */
final class Courier {
  static final int WINDOW = 256;
  static final int WINDOW_BYTES = 1 << 20;
  static final long FIRST_PAUSE_MS = 5;
  static final long MAX_PAUSE_MS = 5000;
  private static final Logger LOG = LoggerFactory.getLogger(Courier.class);

  private final Partition partition;
  private final PartitionId source;
  private final String principal;
  private final Routes routes;
  private final Outbox outbox;
  private final MessageMetrics metrics;
  private final Tracing tracing;
  private final Map<Target, Lane> lanes = new HashMap<>();
  private final Queue<Answered> mail = new ConcurrentLinkedQueue<>();
  private final List<String> stopped = new ArrayList<>();
  private final LogClock clock;
  private long heardUs;

  /** The way to one target, beside what the outbox knows of it. */
  private static final class Lane {
    private final Target target;

    /** The next to be delivered. */
    private long next;

    /** The last that is known to be received. */
    private long received;

    /** How many are on their way, and their bytes. */
    private int underway;

    private int underwayBytes;

    /** Offset of a message that waits to be durable; 0 if none is known. */
    private long awaitedOffset;

    /** Whether to go back to the first that was not received, once nothing is on its way. */
    private boolean goesBack;

    private long pausedUntilNs;
    private int pauses;
    private long thrownSequence;
    private int thrown;
    private boolean isStopped;

    Lane(Target target, long firstKept) {
      this.target = target;
      next = firstKept;
      received = firstKept - 1;
    }
  }

  /** An answer to a delivery. */
  private record Answered(
      Lane lane, long sequence, int sizeBytes, long mark, @Nullable Failure failure) {}

  Courier(
      Partition partition,
      Routes routes,
      Outbox outbox,
      MessageMetrics metrics,
      Tracing tracing,
      LogClock clock) {
    this.partition = partition;
    this.clock = clock;
    source = partition.id();
    principal = principalOf(source.service());
    this.routes = routes;
    this.outbox = outbox;
    this.metrics = metrics;
    this.tracing = tracing;
    metrics.stopped(0);
    partition.deliveriesStopped(List.of());
  }

  /** As whom the messages of a service are handled. */
  static String principalOf(String service) {
    return "service:" + service;
  }

  /** Whether answers have come since {@link #run}. Any thread. */
  boolean hasMail() {
    return !mail.isEmpty();
  }

  /** How long nothing needs to be done unless something happens; {@link Long#MAX_VALUE}: ever. */
  long pauseNs(long nowNs) {
    long least = Long.MAX_VALUE;
    for (Target target : outbox.waiting()) {
      Lane lane = laneTo(target);
      if (lane.goesBack && lane.underway == 0 && !lane.isStopped) {
        least = Math.min(least, Math.max(0, lane.pausedUntilNs - nowNs));
      }
    }
    return least;
  }

  /**
   * Takes answers and delivers what may be.
   *
   * @param durableOffset messages that were sent below it may leave
   * @return how many were delivered
   */
  int run(long nowNs, long durableOffset) {
    takeMail(nowNs);
    int delivered = 0;
    for (Target target : outbox.waiting()) {
      delivered += deliver(laneTo(target), nowNs, durableOffset);
    }
    return delivered;
  }

  private Lane laneTo(Target target) {
    return lanes.computeIfAbsent(target, to -> new Lane(to, outbox.firstKept(to)));
  }

  /** What can be taken out of the outbox now, or null. The caller logs it. */
  @Nullable MessagesAcknowledged acknowledgement() {
    for (Target target : outbox.waiting()) {
      Lane lane = laneTo(target);
      long received = lane.received - outbox.firstKept(target) + 1;
      if (received > 0 && (lane.underway == 0 || received >= WINDOW / 2)) {
        return MessagesAcknowledged.newBuilder()
            .setTargetService(target.service())
            .setTargetPartition(target.partition())
            .setUpToSequence(lane.received)
            .build();
      }
    }
    return null;
  }

  /**
   * Log time at which the last receipt was heard of, which is not before that of the receipt. What
   * {@link #acknowledgement} gives must not stand in a batch that is older: a restore to a time
   * between the two would hold a message as acknowledged that its target has not received.
   */
  long heardUs() {
    return heardUs;
  }

  private int deliver(Lane lane, long nowNs, long durableOffset) {
    if (lane.goesBack && lane.underway == 0 && nowNs - lane.pausedUntilNs >= 0) {
      lane.goesBack = false;
      lane.next = lane.received + 1;
    }
    int delivered = 0;
    long end = outbox.next(lane.target);
    while (lane.next < end
        && !lane.goesBack
        && !lane.isStopped
        && lane.underway < WINDOW
        && (lane.awaitedOffset == 0 || lane.awaitedOffset < durableOffset)) {
      OutboxMessage message = outbox.get(lane.target, lane.next);
      if (message == null) {
        stop(lane, "message %d is not kept, though it was not received".formatted(lane.next));
        break;
      }
      lane.awaitedOffset = message.getOffset() < durableOffset ? 0 : message.getOffset();
      int sizeBytes = message.getSerializedSize();
      if (lane.awaitedOffset != 0
          || (lane.underway > 0 && lane.underwayBytes + sizeBytes > WINDOW_BYTES)) {
        break;
      }
      offer(lane, message, sizeBytes, nowNs);
      delivered++;
      // It may have been refused at once.
      takeMail(nowNs);
    }
    return delivered;
  }

  private void offer(Lane lane, OutboxMessage message, int sizeBytes, long nowNs) {
    Partition target = routes.partitionOf(lane.target);
    if (target == null) {
      stop(lane, "this node has no such partition");
      return;
    }
    long sequence = lane.next++;
    lane.underway++;
    lane.underwayBytes += sizeBytes;
    int attempt = sequence == lane.thrownSequence ? lane.thrown + 1 : 1;
    Trace trace = resume(message, nowNs);
    target.submit(
        Call.of(
            new Origin.Delivery(source, sequence, attempt),
            new Request(
                message, new Caller(message.getProject(), principal), null, Long.MAX_VALUE, trace),
            message.getSlot(),
            nowNs,
            new ReplyHandler() {
              @Override
              public void reply(Message reply, Position position) {
                if (trace != null) {
                  trace.end(Code.OK);
                }
                long mark = ((MessageReceived) reply).getSequence();
                answered(new Answered(lane, sequence, sizeBytes, mark, null));
              }

              @Override
              public void failure(Failure failure) {
                if (trace != null) {
                  trace.end(failure.code());
                }
                answered(new Answered(lane, sequence, sizeBytes, 0, failure));
              }
            }));
  }

  private @Nullable Trace resume(OutboxMessage message, long nowNs) {
    return message.getTrace().size() == Trace.CONTEXT_BYTES
        ? tracing.resume(message.getRequestType(), message.getTrace().toByteArray(), nowNs)
        : null;
  }

  private void answered(Answered answer) {
    mail.add(answer);
    partition.wake();
  }

  private void takeMail(long nowNs) {
    for (Answered answer = mail.poll(); answer != null; answer = mail.poll()) {
      Lane lane = answer.lane();
      lane.underway--;
      lane.underwayBytes -= answer.sizeBytes();
      if (lane.isStopped) {
        continue;
      }
      Failure failure = answer.failure();
      if (failure == null) {
        received(lane, answer.sequence(), answer.mark());
      } else {
        failed(lane, answer.sequence(), failure, nowNs);
      }
    }
  }

  private void received(Lane lane, long sequence, long mark) {
    long firstKept = outbox.firstKept(lane.target);
    if (mark >= outbox.next(lane.target)) {
      stop(
          lane,
          "it has received message %d, the last that was sent is %d"
              .formatted(mark, outbox.next(lane.target) - 1));
    } else if (mark + 1 < firstKept) {
      stop(lane, "it awaits message %d, kept are those from %d".formatted(mark + 1, firstKept));
    } else if (mark >= sequence) {
      if (mark > lane.received) {
        heardUs = clock.nowUs();
        lane.received = mark;
        // More than a window may have been received and not acknowledged before a restart.
        lane.next = Math.max(lane.next, mark + 1);
        lane.pauses = 0;
      }
    } else {
      // It awaits an earlier one, which may be one that it has forgotten since.
      lane.received = Math.min(lane.received, mark);
      lane.goesBack = true;
    }
  }

  private void failed(Lane lane, long sequence, Failure failure, long nowNs) {
    metrics.retried.increment();
    if (failure.code() == Code.INTERNAL) {
      lane.thrown = sequence == lane.thrownSequence ? lane.thrown + 1 : 1;
      lane.thrownSequence = sequence;
    }
    if (!lane.goesBack) {
      lane.goesBack = true;
      long pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS << Math.min(lane.pauses, 10));
      lane.pauses++;
      lane.pausedUntilNs = nowNs + TimeUnit.MILLISECONDS.toNanos(pauseMs);
    }
  }

  private void stop(Lane lane, String why) {
    lane.isStopped = true;
    String what = "messages from %s to %s are stopped: %s".formatted(source, lane.target, why);
    LOG.error("{}; nothing is delivered there until this partition opens again", what);
    stopped.add(what);
    metrics.stopped(stopped.size());
    partition.deliveriesStopped(List.copyOf(stopped));
  }
}
