package io.thalweg.server;

import com.google.rpc.Code;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.access.v1.AuditRecord;
import io.thalweg.access.v1.RecordAuditRequest;
import io.thalweg.access.v1.RecordAuditResponse;
import io.thalweg.edge.AuditListener;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.Saturation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands what is audited to the service of access, from a thread of its own: nobody waits for it. At
 * most {@value #MOST_WAITING} records wait and {@value #PER_SECOND} a second are taken on; what is
 * over that is left out, counted, and the next record says how many were.
 */
final class NodeAudit implements AuditListener, AutoCloseable {
  static final int MOST_WAITING = 4096;
  static final int PER_SECOND = 200;

  private static final Logger log = LoggerFactory.getLogger(NodeAudit.class);
  private static final int MOST_AT_ONCE = 256;
  private static final int MAX_TEXT = 255;
  private static final long RETRY_MS = 500;
  private static final long CLOSE_MS = 5_000;

  private final Node node;
  private final BlockingQueue<Waiting> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final AtomicLong leftOut = new AtomicLong();
  private final AtomicLong second = new AtomicLong();
  private final AtomicLong thisSecond = new AtomicLong();
  private final Counter leftOutTotal;
  private final Thread thread;
  private volatile boolean closed;

  private record Waiting(int project, AuditRecord record) {}

  private NodeAudit(Node node, MeterRegistry meters) {
    this.node = node;
    leftOutTotal =
        Counter.builder("thalweg.audit.left.out")
            .description("Audited actions that were not kept since there were too many at once")
            .register(meters);
    Gauge.builder("thalweg.audit.waiting", waiting, BlockingQueue::size)
        .description("Audited actions that wait to be kept")
        .register(meters);
    Saturation.register(meters, "audit", "", waiting, BlockingQueue::size, MOST_WAITING);
    thread = Thread.ofPlatform().daemon().name("thalweg-audit").unstarted(this::run);
  }

  static NodeAudit start(Node node, MeterRegistry meters) {
    NodeAudit audit = new NodeAudit(node, meters);
    audit.thread.start();
    return audit;
  }

  @Override
  public void heard(Entry entry) {
    long missing = leftOut.getAndSet(0);
    boolean refused = entry.refusal() != Code.OK;
    AuditRecord record =
        AuditRecord.newBuilder()
            .setPrincipal(cut(entry.caller().principal()))
            .setAction(cut(entry.action()))
            .setRefused(refused)
            .setCode(refused ? entry.refusal().name() : "")
            .setTimes(entry.times())
            .setLeftOut(missing)
            .setTraceId(entry.traceId() == null ? "" : entry.traceId())
            .build();
    if (closed
        || !isWithinRate()
        || !waiting.offer(new Waiting(entry.caller().project(), record))) {
      leftOut.addAndGet(missing + 1);
      leftOutTotal.increment();
    }
  }

  // Not exact where seconds meet, which does no harm.
  private boolean isWithinRate() {
    long now = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    if (second.getAndSet(now) != now) {
      thisSecond.set(0);
    }
    return thisSecond.incrementAndGet() <= PER_SECOND;
  }

  private static String cut(String text) {
    return text.length() <= MAX_TEXT / 3 ? text : text.substring(0, MAX_TEXT / 3);
  }

  private void run() {
    try {
      while (true) {
        Waiting first = closed ? waiting.poll() : waiting.poll(1, TimeUnit.SECONDS);
        if (first == null) {
          if (closed) {
            return;
          }
          continue;
        }
        List<Waiting> some = new ArrayList<>();
        some.add(first);
        waiting.drainTo(some, MOST_AT_ONCE - 1);
        keep(some);
      }
    } catch (InterruptedException e) {
      // It is closed, and what still waits is lost.
    }
  }

  private void keep(List<Waiting> some) throws InterruptedException {
    Map<Integer, RecordAuditRequest.Builder> byProject = new TreeMap<>();
    for (Waiting each : some) {
      byProject
          .computeIfAbsent(each.project(), p -> RecordAuditRequest.newBuilder())
          .addRecords(each.record());
    }
    for (var each : byProject.entrySet()) {
      keep(each.getKey(), each.getValue().build());
    }
  }

  private void keep(int project, RecordAuditRequest request) throws InterruptedException {
    while (true) {
      try {
        RecordAuditResponse _ =
            node.call(
                new Request(request, new Caller(project, "gateway"), null, Long.MAX_VALUE),
                RecordAuditResponse.class);
        return;
      } catch (Failure e) {
        if (closed || !e.isRetryable()) {
          log.warn("{} audited actions could not be kept", request.getRecordsCount(), e);
          leftOutTotal.increment(request.getRecordsCount());
          return;
        }
        // A record that is kept twice does less harm than one that is not.
        TimeUnit.MILLISECONDS.sleep(RETRY_MS);
      }
    }
  }

  /** Keeps what waits, for a few seconds at most, and ends; before the node is closed. */
  @Override
  public void close() {
    closed = true;
    try {
      if (!thread.join(java.time.Duration.ofMillis(CLOSE_MS))) {
        thread.interrupt();
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
