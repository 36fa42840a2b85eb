package io.thalweg.client.jobs;

import com.google.rpc.Code;
import io.thalweg.client.ServiceMethod;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.jobs.v1.JobReport;
import io.thalweg.jobs.v1.ReportRequest;
import io.thalweg.jobs.v1.ReportResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Sends what workers report: as many as have come meanwhile in one request, again and again until
 * the server answers. A report bears the token of its lease, so sending it twice does nothing more
 * than once, and no request name is needed.
 *
 * <p>Thread-safe. Holds no more reports than there are jobs at once.
 */
final class Reporter {
  private static final int MAX_REPORTS = 1_000;
  private static final int MAX_BYTES = 1 << 20;
  private static final long FIRST_PAUSE_MS = 20;
  private static final long MAX_PAUSE_MS = 2_000;

  private final ThalwegClient client;
  private final String queue;
  private final ServiceMethod<ReportRequest, ReportResponse> method;
  private final LinkedBlockingQueue<Entry> entries = new LinkedBlockingQueue<>();

  private record Entry(JobReport report, CompletableFuture<Boolean> accepted) {}

  Reporter(
      ThalwegClient client, String queue, ServiceMethod<ReportRequest, ReportResponse> method) {
    this.client = client;
    this.queue = queue;
    this.method = method;
  }

  /**
   * Sends a report soon.
   *
   * @return whether the lease was still good; false also if an answer before was lost
   */
  CompletableFuture<Boolean> send(JobReport report) {
    CompletableFuture<Boolean> accepted = new CompletableFuture<>();
    entries.add(new Entry(report, accepted));
    return accepted;
  }

  /** Sends until it is interrupted. */
  void run() {
    List<Entry> batch = new ArrayList<>();
    try {
      while (true) {
        take(batch);
        deliver(batch);
        batch.clear();
      }
    } catch (InterruptedException e) {
      batch.forEach(entry -> entry.accepted().complete(false));
      entries.forEach(entry -> entry.accepted().complete(false));
    }
  }

  private void take(List<Entry> batch) throws InterruptedException {
    Entry next = entries.take();
    int bytes = 0;
    while (next != null) {
      batch.add(next);
      bytes += next.report().getSerializedSize();
      next = batch.size() < MAX_REPORTS && bytes < MAX_BYTES ? entries.poll() : null;
    }
  }

  private void deliver(List<Entry> batch) throws InterruptedException {
    ReportRequest.Builder request = ReportRequest.newBuilder().setQueue(queue);
    batch.forEach(entry -> request.addReports(entry.report()));
    long pauseMs = FIRST_PAUSE_MS;
    while (true) {
      try {
        ReportResponse response = client.call(method, request.build()).await();
        for (int i = 0; i < batch.size(); i++) {
          batch.get(i).accepted().complete(response.getVerdicts(i).getAccepted());
        }
        return;
      } catch (ThalwegException refused) {
        if (!isPassing(refused)) {
          // Nothing that sending it again would change: the leases run out.
          batch.forEach(entry -> entry.accepted().completeExceptionally(refused));
          return;
        }
        Thread.sleep(pauseMs);
        pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS);
      }
    }
  }

  static boolean isPassing(ThalwegException refused) {
    return refused.outcomeUnknown()
        || refused.code() == Code.UNAVAILABLE
        || refused.code() == Code.RESOURCE_EXHAUSTED
        || refused.code() == Code.DEADLINE_EXCEEDED;
  }
}
