package io.thalweg.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.contract.Guard;
import io.thalweg.jobs.v1.Batch;
import io.thalweg.jobs.v1.CancelJobRequest;
import io.thalweg.jobs.v1.CancelJobResponse;
import io.thalweg.jobs.v1.EnqueueManyRequest;
import io.thalweg.jobs.v1.EnqueueManyResponse;
import io.thalweg.jobs.v1.EnqueueRequest;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.FetchResponse;
import io.thalweg.jobs.v1.JobReport;
import io.thalweg.jobs.v1.JobSchedule;
import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.LeasedJob;
import io.thalweg.jobs.v1.ListJobsRequest;
import io.thalweg.jobs.v1.ListJobsResponse;
import io.thalweg.jobs.v1.ListQueuesRequest;
import io.thalweg.jobs.v1.ListQueuesResponse;
import io.thalweg.jobs.v1.PauseQueueRequest;
import io.thalweg.jobs.v1.PutScheduleRequest;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.jobs.v1.ReportRequest;
import io.thalweg.jobs.v1.ReportResponse;
import io.thalweg.jobs.v1.RequeueRequest;
import io.thalweg.jobs.v1.RequeueResponse;
import io.thalweg.jobs.v1.RetryPolicy;
import io.thalweg.jobs.v1.SealBatchRequest;
import io.thalweg.jobs.v1.UniqueScope;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a queue promises, one promise a test. */
class JobQueuesTest {
  @TempDir Path data;
  private Node node;
  private Asked mail;

  @BeforeEach
  void open() {
    node = Asked.open(data);
    mail = new Asked(node, "mail");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static List<String> types(List<LeasedJob> jobs) {
    return jobs.stream().map(job -> job.getSpec().getType()).toList();
  }

  private static RetryPolicy retry(int attempts) {
    return RetryPolicy.newBuilder().setMaxAttempts(attempts).setFirstDelayMs(1).build();
  }

  @Test
  void withinAKeyTheHigherPriorityGoesFirstThenTheOlderJob() {
    mail.enqueue("a");
    mail.enqueue("b");
    mail.enqueue(Asked.spec("urgent").setPriority(5));
    mail.enqueue(Asked.spec("whenever").setPriority(-5));
    assertThat(types(mail.fetch(10))).containsExactly("urgent", "a", "b", "whenever");
  }

  @Test
  void aRequestUnderALockThatWasLostIsRefused() {
    Guard older = Guard.newBuilder().setLock("jobs/leader").setToken(6).build();
    Guard newer = older.toBuilder().setToken(7).build();
    EnqueueRequest.Builder enqueue =
        EnqueueRequest.newBuilder().setQueue("mail").setJob(Asked.spec("a"));
    mail.call(enqueue.setGuard(newer).build(), EnqueueResponse.class);
    assertThatThrownBy(() -> mail.call(enqueue.setGuard(older).build(), EnqueueResponse.class))
        .hasMessage(
            "guard.token: 6 of lock 'jobs/leader' is older than 7, which was here before: the lock"
                + " is lost");
    LeasedJob job = mail.next();
    ReportRequest.Builder report =
        ReportRequest.newBuilder()
            .setQueue("mail")
            .addReports(
                JobReport.newBuilder()
                    .setJob(job.getJob())
                    .setToken(job.getToken())
                    .setDone(JobReport.Done.getDefaultInstance()));
    assertThatThrownBy(() -> mail.call(report.setGuard(older).build(), ReportResponse.class))
        .hasMessageContaining("the lock is lost");
    assertThat(mail.figures().getRunning()).isEqualTo(1);
    assertThat(
            mail.call(report.setGuard(newer).build(), ReportResponse.class)
                .getVerdicts(0)
                .getAccepted())
        .isTrue();
  }

  @Test
  void keysTakeTurnsHoweverManyJobsOneOfThemHas() {
    EnqueueManyRequest.Builder many = EnqueueManyRequest.newBuilder().setQueue("mail");
    for (int i = 0; i < 1_000; i++) {
      many.addJobs(Asked.spec("big").setKey("big"));
    }
    mail.call(many.build(), EnqueueManyResponse.class);
    for (int i = 0; i < 3; i++) {
      mail.enqueue(Asked.spec("small").setKey("small"));
    }
    assertThat(types(mail.fetch(6)))
        .containsExactly("big", "small", "big", "small", "big", "small");
    assertThat(types(mail.fetch(2))).containsExactly("big", "big");
    mail.enqueue(Asked.spec("third").setKey("third"));
    assertThat(types(mail.fetch(3))).containsExactly("big", "third", "big");
  }

  @Test
  void noMoreJobsOfAKeyRunAtOnceThanItsLimitAndTheNextStartsWhenOneEnds() throws Exception {
    mail.settings(QueueSettings.newBuilder().setMaxRunningPerKey(2));
    for (int i = 0; i < 4; i++) {
      mail.enqueue(Asked.spec("a").setKey("a"));
    }
    mail.enqueue(Asked.spec("b").setKey("b"));
    List<LeasedJob> first = mail.fetch(10);
    assertThat(types(first)).containsExactly("a", "b", "a");
    CompletableFuture<FetchResponse> waiting =
        node.submit(mail.fetching(5, 25_000), FetchResponse.class);
    assertThat(mail.done(first.getFirst())).isTrue();
    assertThat(types(waiting.get(60, TimeUnit.SECONDS).getJobsList())).containsExactly("a");
  }

  @Test
  void aKeyStartsNoFasterThanItsRate() {
    mail.settings(QueueSettings.newBuilder().setKeyRate(1).setKeyRatePeriodMs(500).setKeyBurst(2));
    for (int i = 0; i < 3; i++) {
      mail.enqueue(Asked.spec("a").setKey("a"));
    }
    List<LeasedJob> first = mail.fetch(10);
    assertThat(first).hasSize(2);
    LeasedJob third = mail.next();
    long apartMs =
        (Times.us(third.getLeaseExpireTime()) - Times.us(first.getFirst().getLeaseExpireTime()))
            / 1_000;
    assertThat(apartMs).isGreaterThanOrEqualTo(499);
  }

  @Test
  void aJobDoesNotStartBeforeItsTimeAndAWorkerWhoWaitsGetsItThen() {
    mail.enqueue(Asked.spec("later").setDelayMs(300));
    assertThat(mail.fetch(1)).isEmpty();
    LeasedJob job = mail.next();
    assertThat(Times.us(job.getLeaseExpireTime()) - TimeUnit.HOURS.toMicros(1))
        .isGreaterThanOrEqualTo(Times.us(job.getEnqueueTime()) + 300_000);
  }

  @Test
  void aWorkerWhoseLeaseIsOverIsRefusedAndTheNextTokenIsGreater() {
    mail.enqueue(Asked.spec("a").setRetry(retry(3)));
    LeasedJob lost =
        mail.call(mail.fetching(1, 0).toBuilder().setLeaseMs(1).build(), FetchResponse.class)
            .getJobs(0);
    LeasedJob second = mail.next();
    assertThat(second.getToken()).isGreaterThan(lost.getToken());
    assertThat(second.getAttempt()).isEqualTo(2);
    assertThat(mail.done(lost)).isFalse();
    assertThat(
            mail.report(lost, JobReport.newBuilder().setBeat(JobReport.Beat.getDefaultInstance())))
        .isFalse();
    assertThat(mail.done(second)).isTrue();
    assertThat(mail.done(second)).isFalse();
    assertThat(mail.figures().getTotalLost()).isEqualTo(1);
    assertThat(mail.figures().getTotalRefused()).isEqualTo(3);
  }

  @Test
  void aJobThatFailsIsTriedAgainThenDeadAndCanBeRequeued() {
    long id = mail.enqueue(Asked.spec("a").setRetry(retry(2)));
    assertThat(mail.fail(mail.next(), "first")).isTrue();
    LeasedJob again = mail.next();
    assertThat(again.getLastError()).isEqualTo("first");
    assertThat(mail.fail(again, "second")).isTrue();
    assertThat(mail.get(id).getState()).isEqualTo(JobState.DEAD);
    assertThat(mail.get(id).getLastError()).isEqualTo("second");
    assertThat(
            mail.call(
                    ListJobsRequest.newBuilder().setQueue("mail").setState(JobState.DEAD).build(),
                    ListJobsResponse.class)
                .getJobsList())
        .hasSize(1);
    RequeueResponse requeued =
        mail.call(
            RequeueRequest.newBuilder().setQueue("mail").setMax(10).build(), RequeueResponse.class);
    assertThat(requeued.getRequeued()).isEqualTo(1);
    assertThat(requeued.getLeft()).isZero();
    assertThat(mail.next().getAttempt()).isEqualTo(1);
  }

  @Test
  void aJobThatIsGivenBackIsReadyAtOnceAndTheAttemptDoesNotCount() {
    mail.enqueue("a");
    LeasedJob job = mail.next();
    assertThat(
            mail.report(
                job, JobReport.newBuilder().setGivenBack(JobReport.GivenBack.getDefaultInstance())))
        .isTrue();
    assertThat(mail.next().getAttempt()).isEqualTo(1);
  }

  @Test
  void aUniqueKeyIsHeldForItsScope() {
    long started =
        mail.enqueue(Asked.spec("a").setUniqueKey("s").setUniqueScope(UniqueScope.UNTIL_STARTED));
    long over =
        mail.enqueue(Asked.spec("b").setUniqueKey("o").setUniqueScope(UniqueScope.UNTIL_OVER));
    for (int i = 0; i < 2; i++) {
      assertThat(
              mail.enqueue(
                  Asked.spec("c").setUniqueKey("s").setUniqueScope(UniqueScope.UNTIL_OVER)))
          .isEqualTo(started);
    }
    List<LeasedJob> leased = mail.fetch(2);
    assertThat(
            mail.answer(Asked.spec("d").setUniqueKey("s").setUniqueScope(UniqueScope.UNTIL_STARTED))
                .getDuplicate())
        .isFalse();
    assertThat(
            mail.enqueue(Asked.spec("e").setUniqueKey("o").setUniqueScope(UniqueScope.UNTIL_OVER)))
        .isEqualTo(over);
    leased.forEach(mail::done);
    assertThat(
            mail.answer(Asked.spec("f").setUniqueKey("o").setUniqueScope(UniqueScope.UNTIL_OVER))
                .getDuplicate())
        .isFalse();
  }

  @Test
  void aJobRunsAfterThoseItWaitsForAndIsCancelledWithThem() {
    EnqueueManyResponse all =
        mail.call(
            EnqueueManyRequest.newBuilder()
                .setQueue("mail")
                .addJobs(Asked.spec("first"))
                .addJobs(Asked.spec("second"))
                .addJobs(Asked.spec("last").addAfterPlaces(0).addAfterPlaces(1))
                .build(),
            EnqueueManyResponse.class);
    List<LeasedJob> both = mail.fetch(10);
    assertThat(types(both)).containsExactly("first", "second");
    mail.done(both.get(0));
    assertThat(mail.get(all.getJobs(2).getJob()).getState()).isEqualTo(JobState.BLOCKED);
    mail.done(both.get(1));
    assertThat(mail.next().getSpec().getType()).isEqualTo("last");

    long upstream = mail.enqueue(Asked.spec("gone").setDelayMs(1_000_000));
    long waiting = mail.enqueue(Asked.spec("with it").addAfter(upstream));
    mail.call(
        CancelJobRequest.newBuilder().setQueue("mail").setJob(upstream).build(),
        CancelJobResponse.class);
    Asked.await("the cascade", () -> mail.figures().getBlocked() == 0);
    assertThatThrownBy(() -> mail.get(waiting)).isInstanceOf(Failure.class);
  }

  @Test
  void aBatchIsCompleteWhenItIsSealedAndAllOfItIsDone() {
    for (int i = 0; i < 3; i++) {
      mail.enqueue(Asked.spec("part").setBatch("b"));
    }
    mail.enqueue(Asked.spec("report").addAfterBatches("b"));
    List<LeasedJob> parts = mail.fetch(10);
    assertThat(parts).hasSize(3);
    parts.forEach(mail::done);
    assertThat(mail.fetch(1)).isEmpty();
    Batch batch =
        mail.call(
            SealBatchRequest.newBuilder().setQueue("mail").setBatch("b").build(), Batch.class);
    assertThat(batch.getComplete()).isTrue();
    assertThat(mail.next().getSpec().getType()).isEqualTo("report");
  }

  @Test
  void aQueueThatIsPausedLeasesNothingUntilItGoesOn() throws Exception {
    mail.enqueue("a");
    mail.call(PauseQueueRequest.newBuilder().setQueue("mail").build(), Queue.class);
    CompletableFuture<FetchResponse> waiting =
        node.submit(mail.fetching(1, 25_000), FetchResponse.class);
    assertThat(mail.fetch(1)).isEmpty();
    assertThat(waiting).isNotDone();
    mail.call(PauseQueueRequest.newBuilder().setQueue("mail").setResume(true).build(), Queue.class);
    assertThat(waiting.get(60, TimeUnit.SECONDS).getJobsCount()).isEqualTo(1);
  }

  @Test
  void aFetchWhoseAnswerWasLostGivesTheSameJobsUnderItsName() {
    mail.enqueue("a");
    mail.enqueue("b");
    Request fetch = Request.of(mail.fetching(1, 0)).named("fetch-1");
    FetchResponse first = node.call(fetch, FetchResponse.class);
    assertThat(node.call(fetch, FetchResponse.class)).isEqualTo(first);
    assertThat(mail.figures().getRunning()).isEqualTo(1);
  }

  @Test
  void jobsLeasesAndTimesSurviveARestart() {
    mail.settings(QueueSettings.newBuilder().setKeepMs(600_000));
    long later = mail.enqueue(Asked.spec("later").setDelayMs(600_000));
    mail.enqueue(Asked.spec("held"));
    LeasedJob held = mail.next();
    mail.enqueue("ready");
    node.close();
    open();
    assertThat(mail.get(later).getState()).isEqualTo(JobState.SCHEDULED);
    assertThat(
            mail.report(
                held,
                JobReport.newBuilder()
                    .setDone(
                        JobReport.Done.newBuilder()
                            .setResult(com.google.protobuf.ByteString.copyFromUtf8("ok")))))
        .isTrue();
    assertThat(mail.get(held.getJob()).getResult().toStringUtf8()).isEqualTo("ok");
    assertThat(types(mail.fetch(10))).containsExactly("ready");
  }

  @Test
  void aScheduleSaysWhenItComesNextAndWhatIsWrongWithIt() {
    JobSchedule nightly =
        mail.call(
            PutScheduleRequest.newBuilder()
                .setQueue("mail")
                .setSchedule("nightly")
                .setCron("0 3 * * *")
                .setTimeZone("Europe/Berlin")
                .setJob(Asked.spec("report"))
                .build(),
            JobSchedule.class);
    assertThat(nightly.hasNextTime()).isTrue();
    assertThat(mail.figures().getNextTime()).isEqualTo(nightly.getNextTime());
    assertThatThrownBy(() ->
            mail.call(
                PutScheduleRequest.newBuilder()
                    .setQueue("mail")
                    .setSchedule("bad")
                    .setCron("0 0 30 2 *")
                    .setJob(Asked.spec("never"))
                    .build(),
                JobSchedule.class))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("cron");
  }

  @Test
  void aFullQueueRefusesAndQueuesAreListedWithTheirFigures() {
    mail.settings(QueueSettings.newBuilder().setMaxJobs(2));
    mail.enqueue("a");
    mail.enqueue("b");
    assertThatThrownBy(() -> mail.enqueue("c"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("max_jobs");
    List<String> names = new ArrayList<>();
    new Asked(node, "audio").enqueue("x");
    for (Queue queue :
        mail.call(ListQueuesRequest.getDefaultInstance(), ListQueuesResponse.class)
            .getQueuesList()) {
      names.add(queue.getQueue() + " " + queue.getFigures().getReady());
    }
    assertThat(names).containsExactly("audio 1", "mail 2");
  }
}
