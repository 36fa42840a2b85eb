package io.thalweg.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.jobs.v1.FetchResponse;
import io.thalweg.jobs.v1.JobReport;
import io.thalweg.jobs.v1.LeasedJob;
import io.thalweg.jobs.v1.QueueFigures;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.runtime.Node;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a page shows of a queue, and limits that are changed while jobs wait at them. */
class QueueFiguresTest {
  private static final long MINUTE_US = 60_000_000;

  private Node node;
  private Asked mail;

  @BeforeEach
  void open(@TempDir Path folder) {
    node = Asked.open(folder);
    mail = new Asked(node, "mail");
  }

  @AfterEach
  void close() {
    node.close();
  }

  @Test
  void aLimitThatIsRaisedReachesAKeyThatWaitsAtOnce() throws Exception {
    mail.settings(QueueSettings.newBuilder().setMaxRunningPerKey(1));
    for (int i = 0; i < 5; i++) {
      mail.enqueue(Asked.spec("a").setKey("a"));
    }
    assertThat(mail.fetch(10)).hasSize(1);
    CompletableFuture<FetchResponse> waiting =
        node.submit(mail.fetching(10, 25_000), FetchResponse.class);
    Asked.await("a worker that waits", () -> mail.figures().getWaitingFetches() == 1);
    mail.settings(QueueSettings.newBuilder().setMaxRunningPerKey(3));
    assertThat(waiting.get(60, TimeUnit.SECONDS).getJobsList()).hasSize(2);
    assertThat(mail.fetch(10)).isEmpty();
    mail.settings(QueueSettings.newBuilder());
    assertThat(mail.fetch(10)).hasSize(2);
  }

  @Test
  void aQueueTellsHowFastItIs() {
    for (int i = 0; i < 4; i++) {
      mail.enqueue(Asked.spec("t"));
    }
    List<LeasedJob> three = mail.fetch(3);
    mail.done(three.get(0));
    mail.fail(three.get(1), "once");
    mail.report(
        three.get(2),
        JobReport.newBuilder()
            .setFailed(JobReport.Failed.newBuilder().setError("x").setForGood(true)));
    QueueFigures figures = mail.figures();
    double enqueued = figures.getEnqueuedPerSecond();
    assertThat(enqueued).isPositive();
    // All over the same time.
    assertThat(figures.getDonePerSecond()).isCloseTo(enqueued / 4, within(1e-9));
    assertThat(figures.getFailedPerSecond()).isCloseTo(enqueued / 2, within(1e-9));
    assertThat(figures.getDiedPerSecond()).isCloseTo(enqueued / 4, within(1e-9));
    assertThat(figures.getWaitingFetches()).isZero();
  }

  @Test
  void ratesAreOverTheMinuteThatRunsAndTheOneBefore() {
    RecentTotals recent = new RecentTotals();
    long startUs = 1_000 * MINUTE_US;
    recent.changes(1, "q", null, startUs);
    recent.changes(1, "q", enqueued(30), startUs + MINUTE_US);
    recent.changes(1, "q", enqueued(90), startUs + 2 * MINUTE_US);
    recent.changes(1, "q", enqueued(95), startUs + 2 * MINUTE_US + 1);
    // 60 in the minute before, 30 in half of this one.
    assertThat(rate(recent, enqueued(120), startUs + 5 * MINUTE_US / 2)).isEqualTo(1.0);
    assertThat(rate(recent, enqueued(120), startUs + 4 * MINUTE_US - 1)).isPositive();
    assertThat(rate(recent, enqueued(120), startUs + 4 * MINUTE_US)).isZero();
    assertThat(rate(recent, enqueued(120), startUs + 90 * MINUTE_US)).isZero();
  }

  private static QueueRow enqueued(int total) {
    return QueueRow.newBuilder().setTotalEnqueued(total).build();
  }

  private static double rate(RecentTotals recent, QueueRow row, long nowUs) {
    QueueFigures.Builder figures = QueueFigures.newBuilder();
    recent.addTo(figures, 1, "q", row, nowUs);
    return figures.getEnqueuedPerSecond();
  }

  @Test
  void theOldestJobIsFoundBehindThoseThatAreGoneAndBeforeThoseThatCameLater() {
    for (int i = 0; i < 50; i++) {
      mail.enqueue(Asked.spec("t"));
    }
    mail.fetch(49).forEach(mail::done);
    long last = mail.fetch(1).getFirst().getJob();
    assertThat(mail.figures().hasOldestReadyTime()).isFalse();
    long low = mail.enqueue(Asked.spec("t"));
    assertThat(mail.figures().getOldestReadyTime()).isEqualTo(mail.get(low).getEnqueueTime());
    long high = mail.enqueue(Asked.spec("t").setPriority(5));
    assertThat(mail.figures().getOldestReadyTime()).isEqualTo(mail.get(high).getEnqueueTime());
    assertThat(last).isLessThan(low);
  }
}
