package io.thalweg.jobs;

import io.thalweg.jobs.JobTables.DueKey;
import io.thalweg.jobs.JobTables.JobKey;
import io.thalweg.jobs.JobTables.WaitKey;
import io.thalweg.jobs.v1.DueKind;
import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.JobsEnded;
import io.thalweg.jobs.v1.JobsReadied;
import io.thalweg.jobs.v1.JobsRemoved;
import io.thalweg.jobs.v1.JobsUnblocked;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.QueueTicked;
import io.thalweg.jobs.v1.RunRow;
import io.thalweg.jobs.v1.SpecRow;
import io.thalweg.jobs.v1.TickRequest;
import io.thalweg.jobs.v1.TickResponse;
import io.thalweg.runtime.CommandContext;
import io.thalweg.state.Table;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a queue does when something in it is due: jobs whose time has come are ready, leases that
 * are over are lost, what was kept long enough goes. At most {@value #TURN} entries of the agenda
 * at a time; if more are due, the timer is set to now, and requests are answered in between.
 */
final class Ticks {
  static final int TURN = 500;
  private static final String LOST = "the lease was over and nothing was reported";

  private final JobTables tables;
  private final Agenda agenda;
  private final Schedules schedules;

  Ticks(JobTables tables, Agenda agenda, Schedules schedules) {
    this.tables = tables;
    this.agenda = agenda;
    this.schedules = schedules;
  }

  TickResponse tick(TickRequest request, CommandContext context) {
    String queue = request.getQueue();
    QueueRow row = tables.queues.get(queue);
    if (row == null) {
      return TickResponse.getDefaultInstance();
    }
    agenda.begin();
    long nowUs = context.logTimeUs();
    JobsReadied.Builder readied = JobsReadied.newBuilder().setQueue(queue);
    JobsEnded.Builder lost = JobsEnded.newBuilder().setQueue(queue);
    QueueTicked.Builder ticked = QueueTicked.newBuilder().setQueue(queue);
    // A job that is kept for too long and one whose upstream was cancelled can be the same.
    Set<Long> expired = new LinkedHashSet<>();
    Set<Long> cancelled = new LinkedHashSet<>();
    int woken = 0;
    for (Table.Row<DueKey, Boolean> entry :
        tables.agenda.scan(
            DueKey.from(queue, row.getSweptUs()), DueKey.from(queue, nowUs + 1), TURN)) {
      if (woken >= TURN) {
        // The rest is due at once again.
        break;
      }
      DueKey due = entry.key();
      DueKind kind = DueKind.forNumber(due.kind());
      if (kind == null) {
        throw new IllegalStateException("something is due that is not known: " + due.kind());
      }
      switch (kind) {
        case JOB_DUE -> job(queue, due.job(), row, readied, lost, expired, context);
        case SCHEDULE_DUE -> {
          if (!schedules.come(queue, due.name(), context)) {
            ticked.addDue(message(due));
          }
        }
        case RELEASE_DUE -> {
          int released = release(queue, due, context);
          woken += released;
          if (released < TURN) {
            ticked.addDue(message(due));
          }
        }
        case CASCADE_DUE -> {
          List<Table.Row<WaitKey, Boolean>> waiters = waiters(queue, due);
          woken += waiters.size();
          waiters.forEach(waiter -> cancelled.add(waiter.key().waiting()));
          if (waiters.size() < TURN) {
            ticked.addDue(message(due));
          }
        }
        case UNIQUE_DUE, KEY_DUE, KEY_FORGOTTEN, BATCH_DUE -> ticked.addDue(message(due));
        case DUE_KIND_UNSPECIFIED, UNRECOGNIZED ->
            throw new IllegalStateException("something is due that is not known");
      }
    }
    if (readied.getJobsCount() > 0) {
      context.emit(readied.build());
    }
    if (lost.getJobsCount() > 0) {
      context.emit(lost.build());
    }
    remove(queue, expired, false, context);
    // What was expired, or released and so may be running next, is not waiting any more.
    cancelled.removeIf(job -> !isBlocked(queue, job));
    remove(queue, cancelled, true, context);
    next(queue, ticked, context);
    return TickResponse.getDefaultInstance();
  }

  private void next(String queue, QueueTicked.Builder ticked, CommandContext context) {
    if (ticked.getDueCount() > 0) {
      context.emit(ticked.build());
    }
    QueueRow row = tables.queues.get(queue);
    if (row == null) {
      return;
    }
    List<Table.Row<DueKey, Boolean>> first =
        tables.agenda.scan(
            DueKey.from(queue, row.getSweptUs()), DueKey.from(queue, Long.MAX_VALUE), 1);
    long headUs = first.isEmpty() ? 0 : first.getFirst().key().timeUs();
    Agenda.set(queue, headUs, headUs == 0 ? context.logTimeUs() : headUs, context);
    agenda.wake(queue, row, context);
  }

  private void job(
      String queue,
      long job,
      QueueRow row,
      JobsReadied.Builder readied,
      JobsEnded.Builder lost,
      Set<Long> expired,
      CommandContext context) {
    SpecRow spec = tables.specs.get(new JobKey(queue, job));
    if (spec == null) {
      throw new IllegalStateException("something is due of a job that there is not");
    }
    RunRow run = tables.runs.get(new JobKey(queue, job));
    switch (Shelf.state(spec, run)) {
      case SCHEDULED ->
          readied.addJobs(JobsReadied.Readied.newBuilder().setJob(job).setState(JobState.READY));
      case RUNNING -> {
        if (run == null) {
          throw new IllegalStateException("a job runs that has not begun");
        }
        lost.addJobs(
            Endings.failed(job, spec, run, row.getSettings(), LOST, false, 0, context)
                .setLost(true));
      }
      case DONE, DEAD -> expired.add(job);
      case READY, BLOCKED, JOB_STATE_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalStateException("nothing can be due of a job in this state");
    }
  }

  private List<Table.Row<WaitKey, Boolean>> waiters(String queue, DueKey due) {
    return tables.waits.scanPrefix(JobTables.waitersOf(queue, due.job(), due.name()), TURN);
  }

  private int release(String queue, DueKey due, CommandContext context) {
    List<Table.Row<WaitKey, Boolean>> waiters = waiters(queue, due);
    if (!waiters.isEmpty()) {
      JobsUnblocked.Builder unblocked =
          JobsUnblocked.newBuilder().setQueue(queue).setAfter(due.job()).setAfterBatch(due.name());
      waiters.forEach(waiter -> unblocked.addJobs(waiter.key().waiting()));
      context.emit(unblocked.build());
    }
    return waiters.size();
  }

  private boolean isBlocked(String queue, long job) {
    RunRow run = tables.runs.get(new JobKey(queue, job));
    return run != null && run.getState() == JobState.BLOCKED;
  }

  private static void remove(
      String queue, Set<Long> jobs, boolean cancelled, CommandContext context) {
    if (!jobs.isEmpty()) {
      context.emit(
          JobsRemoved.newBuilder()
              .setQueue(queue)
              .addAllJobs(jobs)
              .setCancelled(cancelled)
              .build());
    }
  }

  private static QueueTicked.Due message(DueKey due) {
    return QueueTicked.Due.newBuilder()
        .setTimeUs(due.timeUs())
        .setKindValue(due.kind())
        .setJob(due.job())
        .setName(due.name())
        .build();
  }
}
