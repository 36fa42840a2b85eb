package io.thalweg.jobs;

import io.thalweg.jobs.JobTables.JobKey;
import io.thalweg.jobs.JobTables.NameKey;
import io.thalweg.jobs.JobTables.ReadyKey;
import io.thalweg.jobs.JobTables.TurnKey;
import io.thalweg.jobs.v1.FetchRequest;
import io.thalweg.jobs.v1.FetchResponse;
import io.thalweg.jobs.v1.JobsLeased;
import io.thalweg.jobs.v1.KeyRow;
import io.thalweg.jobs.v1.LeasedJob;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.jobs.v1.RunRow;
import io.thalweg.jobs.v1.SpecRow;
import io.thalweg.runtime.CommandContext;
import io.thalweg.state.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Decides who gets which jobs: a round robin over the keys that may start one. The lowest turn is
 * served first, and a key that was served goes to the end of the row; so between two jobs of one
 * key every other key that has work gets one.
 */
final class Fetches {
  static final long DEFAULT_LEASE_US = 30_000_000;

  private static final long DEFAULT_PERIOD_MS = 1_000;

  // What one answer holds at the most, beyond its first job.
  private static final int ANSWER_BYTES = 2 << 20;

  private final JobTables tables;
  private final Shelf shelf;
  private final ReadyHints hints;
  private final Agenda agenda;

  Fetches(JobTables tables, Shelf shelf, ReadyHints hints, Agenda agenda) {
    this.tables = tables;
    this.shelf = shelf;
    this.hints = hints;
    this.agenda = agenda;
  }

  FetchResponse fetch(FetchRequest request, CommandContext context) {
    String queue = request.getQueue();
    QueueRow row = tables.queues.get(queue);
    FetchResponse response = row == null || row.getPaused() ? null : lease(request, row, context);
    if (response != null) {
      return response;
    }
    long untilUs = context.askedUs() + 1_000 * request.getWaitMs();
    if (context.logTimeUs() < untilUs) {
      throw context.setAside(Agenda.topic(queue), untilUs);
    }
    return FetchResponse.getDefaultInstance();
  }

  /** A key whose turn comes. */
  private final class Head {
    final String key;
    long turn;
    long running;
    long left;
    long rateTimeUs;
    long throttledUntilUs;
    int place = -1;
    private List<Table.Row<ReadyKey, Boolean>> jobs = List.of();
    private int next;

    Head(TurnKey turn, KeyRow row) {
      this.key = turn.key();
      this.turn = turn.turn();
      running = row.getRunning();
      left = row.getReady();
      rateTimeUs = row.getRateTimeUs();
    }

    ReadyKey take(int project, String queue, int chunk) {
      if (next == jobs.size()) {
        ReadyKey from =
            jobs.isEmpty() ? hints.of(project, queue, key) : after(jobs.getLast().key());
        jobs =
            tables.ready.scan(
                from == null ? first(queue) : from,
                new ReadyKey(queue, key, Integer.MIN_VALUE, Long.MAX_VALUE),
                chunk);
        if (jobs.isEmpty()) {
          throw new IllegalStateException("a key has fewer jobs than are counted");
        }
        if (next == 0) {
          hints.found(project, jobs.getFirst().key());
        }
        next = 0;
      }
      return jobs.get(next++).key();
    }

    private ReadyKey first(String queue) {
      return new ReadyKey(queue, key, Integer.MAX_VALUE, 0);
    }

    private static ReadyKey after(ReadyKey last) {
      return new ReadyKey(last.queue(), last.key(), last.priority(), last.job() + 1);
    }
  }

  private @Nullable FetchResponse lease(
      FetchRequest request, QueueRow row, CommandContext context) {
    String queue = request.getQueue();
    QueueSettings settings = row.getSettings();
    long most = Math.min(Math.max(1, request.getMax()), row.getReady());
    if (settings.getMaxRunning() > 0) {
      most = Math.min(most, settings.getMaxRunning() - row.getRunning());
    }
    if (most <= 0) {
      return null;
    }
    PriorityQueue<Head> heads = heads(queue, row, (int) most);
    if (heads.isEmpty()) {
      return null;
    }
    int chunk = 1 + (int) most / heads.size();
    List<Head> served = new ArrayList<>();
    JobsLeased.Builder event =
        JobsLeased.newBuilder().setQueue(queue).setWorker(request.getWorker());
    FetchResponse.Builder response = FetchResponse.newBuilder();
    long expireUs = context.logTimeUs() + leaseUs(request.getLeaseMs());
    long token = context.nextOffset();
    long turn = row.getTurn();
    long lastServed = row.getServed();
    int bytes = 0;
    while (response.getJobsCount() < most && !heads.isEmpty() && bytes < ANSWER_BYTES) {
      Head head = heads.poll();
      if (head.place < 0) {
        head.place = served.size();
        served.add(head);
      }
      if (isAtLimit(head, settings)) {
        // The limit is lower than it was: it leaves the order of turns.
        continue;
      }
      lastServed = head.turn;
      long job = head.take(context.caller().project(), queue, chunk).job();
      LeasedJob leased = leased(queue, job, token, expireUs);
      response.addJobs(leased);
      bytes += leased.getSerializedSize();
      event.addLeases(
          JobsLeased.Lease.newBuilder()
              .setJob(job)
              .setTurn(head.place)
              .setAttempt(leased.getAttempt()));
      // To the end of the row.
      head.turn = ++turn;
      head.running++;
      head.left--;
      started(head, settings, context.logTimeUs());
      if (head.left > 0 && head.throttledUntilUs == 0 && !isAtLimit(head, settings)) {
        heads.add(head);
      }
    }
    for (Head head : served) {
      event.addTurns(
          JobsLeased.Turn.newBuilder()
              .setKey(head.key)
              .setTurn(head.turn)
              .setRateTimeUs(head.rateTimeUs)
              .setThrottledUntilUs(head.throttledUntilUs));
    }
    agenda.begin();
    context.emit(event.setExpireTimeUs(expireUs).setTurn(turn).setServed(lastServed).build());
    if (!heads.isEmpty() && response.getJobsCount() > 0) {
      // There is more than this worker wanted.
      shelf.moreLeasable(1);
    }
    agenda.end(queue, context);
    return response.getJobsCount() == 0 ? null : response.build();
  }

  private PriorityQueue<Head> heads(String queue, QueueRow row, int most) {
    PriorityQueue<Head> heads =
        new PriorityQueue<>(Comparator.<Head>comparingLong(head -> head.turn));
    for (Table.Row<TurnKey, Boolean> turn :
        tables.turns.scan(
            new TurnKey(queue, row.getServed(), ""),
            new TurnKey(queue, Long.MAX_VALUE, ""),
            most + 1)) {
      KeyRow key = tables.keys.get(new NameKey(queue, turn.key().key()));
      if (key == null) {
        throw new IllegalStateException("a turn of a key that there is not");
      }
      heads.add(new Head(turn.key(), key));
    }
    return heads;
  }

  private static boolean isAtLimit(Head head, QueueSettings settings) {
    return settings.getMaxRunningPerKey() > 0 && head.running >= settings.getMaxRunningPerKey();
  }

  // The rate of a key, as in the generic cell rate algorithm (ITU-T I.371): the time at which the
  // next one would start if they were evenly spread, and how far ahead of it one may be.
  private static void started(Head head, QueueSettings settings, long nowUs) {
    if (settings.getKeyRate() == 0) {
      head.rateTimeUs = 0;
      return;
    }
    long periodMs = settings.getKeyRatePeriodMs();
    long intervalUs =
        Math.max(1, 1_000 * (periodMs == 0 ? DEFAULT_PERIOD_MS : periodMs) / settings.getKeyRate());
    long aheadUs = intervalUs * (Math.max(1, settings.getKeyBurst()) - 1);
    head.rateTimeUs = Math.max(nowUs, head.rateTimeUs) + intervalUs;
    if (head.rateTimeUs - aheadUs > nowUs) {
      head.throttledUntilUs = head.rateTimeUs - aheadUs;
    }
  }

  static long leaseUs(long leaseMs) {
    return leaseMs == 0 ? DEFAULT_LEASE_US : 1_000 * leaseMs;
  }

  private LeasedJob leased(String queue, long job, long token, long expireUs) {
    SpecRow spec = tables.specs.get(new JobKey(queue, job));
    if (spec == null) {
      throw new IllegalStateException("a place of a job that there is not");
    }
    RunRow run = tables.runs.get(new JobKey(queue, job));
    LeasedJob.Builder leased =
        LeasedJob.newBuilder()
            .setJob(job)
            .setToken(token)
            .setSpec(spec.getSpec())
            .setAttempt(1 + (run == null ? 0 : run.getAttempts()))
            .setLeaseExpireTime(Times.time(expireUs))
            .setEnqueueTime(Times.time(spec.getEnqueueTimeUs()));
    if (run != null) {
      leased.setLastError(run.getError());
    }
    if (spec.getRunTimeUs() > 0) {
      leased.setRunTime(Times.time(spec.getRunTimeUs()));
    }
    if (spec.getScheduleTimeUs() > 0) {
      leased.setScheduleTime(Times.time(spec.getScheduleTimeUs()));
    }
    return leased.build();
  }
}
