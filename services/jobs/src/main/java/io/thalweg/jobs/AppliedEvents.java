package io.thalweg.jobs;

import io.thalweg.jobs.JobTables.DueKey;
import io.thalweg.jobs.JobTables.JobKey;
import io.thalweg.jobs.JobTables.NameKey;
import io.thalweg.jobs.JobTables.WaitKey;
import io.thalweg.jobs.v1.BatchRow;
import io.thalweg.jobs.v1.BatchSealed;
import io.thalweg.jobs.v1.DueKind;
import io.thalweg.jobs.v1.GuardRaised;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.JobsEnded;
import io.thalweg.jobs.v1.JobsEnqueued;
import io.thalweg.jobs.v1.JobsExtended;
import io.thalweg.jobs.v1.JobsLeased;
import io.thalweg.jobs.v1.JobsReadied;
import io.thalweg.jobs.v1.JobsRemoved;
import io.thalweg.jobs.v1.JobsUnblocked;
import io.thalweg.jobs.v1.KeyRow;
import io.thalweg.jobs.v1.KeysFreed;
import io.thalweg.jobs.v1.QueueDeleted;
import io.thalweg.jobs.v1.QueuePaused;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.QueueSet;
import io.thalweg.jobs.v1.QueueTicked;
import io.thalweg.jobs.v1.ReportsRefused;
import io.thalweg.jobs.v1.RunRow;
import io.thalweg.jobs.v1.ScheduleDeleted;
import io.thalweg.jobs.v1.ScheduleRow;
import io.thalweg.jobs.v1.ScheduleSet;
import io.thalweg.jobs.v1.SpecRow;
import io.thalweg.jobs.v1.TickSet;
import io.thalweg.jobs.v1.UniqueRow;
import io.thalweg.runtime.EventContext;
import org.jspecify.annotations.Nullable;

/** Writes events to the tables, by way of the {@link Shelf}. */
final class AppliedEvents {
  private final JobTables tables;
  private final Shelf shelf;
  private final Guards guards;

  AppliedEvents(JobTables tables, Shelf shelf, Guards guards) {
    this.tables = tables;
    this.shelf = shelf;
    this.guards = guards;
  }

  void queueSet(QueueSet event, EventContext context) {
    shelf.open(event.getQueue(), context).setSettings(event.getSettings());
    shelf.close();
  }

  void queuePaused(QueuePaused event, EventContext context) {
    shelf.open(event.getQueue(), context).setPaused(event.getPaused());
    shelf.close();
  }

  void queueDeleted(QueueDeleted event, EventContext context) {
    tables.deleteQueue(event.getQueue());
    guards.forget(event.getQueue());
  }

  void jobsEnqueued(JobsEnqueued event, EventContext context) {
    String queue = event.getQueue();
    QueueRow.Builder row = shelf.open(queue, context);
    row.setTotalEnqueued(row.getTotalEnqueued() + event.getJobsCount());
    for (JobsEnqueued.Enqueued job : event.getJobsList()) {
      JobSpec spec = job.getSpec();
      SpecRow.Builder specRow =
          SpecRow.newBuilder()
              .setSpec(spec)
              .setEnqueueTimeUs(context.logTimeUs())
              .setRunTimeUs(job.getRunTimeUs())
              .setScheduleTimeUs(job.getScheduleTimeUs())
              .addAllAfter(job.getAfterList())
              .addAllAfterBatches(job.getAfterBatchesList());
      RunRow run = null;
      int open = job.getAfterCount() + job.getAfterBatchesCount();
      if (open > 0) {
        run = RunRow.newBuilder().setState(JobState.BLOCKED).setOpen(open).build();
        for (long after : job.getAfterList()) {
          tables.waits.replace(new WaitKey(queue, after, "", job.getJob()), null, true);
        }
        for (String after : job.getAfterBatchesList()) {
          tables.waits.replace(new WaitKey(queue, 0, after, job.getJob()), null, true);
        }
      }
      if (!spec.getBatch().isEmpty()) {
        NameKey at = new NameKey(queue, spec.getBatch());
        BatchRow before = tables.batches.get(at);
        BatchRow.Builder batch = before == null ? BatchRow.newBuilder() : before.toBuilder();
        batch.setJoined(batch.getJoined() + 1).setOpen(batch.getOpen() + 1);
        tables.batches.replace(at, before, batch.build());
      }
      if (!spec.getUniqueKey().isEmpty()) {
        tables.unique.put(
            new NameKey(queue, spec.getUniqueKey()),
            UniqueRow.newBuilder().setJob(job.getJob()).setUntilUs(job.getUniqueUntilUs()).build());
        if (job.getUniqueUntilUs() > 0) {
          shelf.due(
              DueKey.of(queue, job.getUniqueUntilUs(), DueKind.UNIQUE_DUE, 0, spec.getUniqueKey()));
        }
      }
      shelf.add(job.getJob(), specRow.build(), run);
    }
    shelf.close();
  }

  void jobsLeased(JobsLeased event, EventContext context) {
    String queue = event.getQueue();
    QueueRow.Builder row = shelf.open(queue, context);
    for (JobsLeased.Turn turn : event.getTurnsList()) {
      KeyRow.Builder key =
          shelf
              .key(turn.getKey())
              .setTurn(turn.getTurn())
              .setRateTimeUs(turn.getRateTimeUs())
              .setThrottledUntilUs(turn.getThrottledUntilUs());
      if (turn.getThrottledUntilUs() > 0) {
        shelf.due(DueKey.of(queue, key.getThrottledUntilUs(), DueKind.KEY_DUE, 0, turn.getKey()));
      }
    }
    row.setTurn(event.getTurn()).setServed(event.getServed());
    for (JobsLeased.Lease lease : event.getLeasesList()) {
      SpecRow spec = spec(queue, lease.getJob());
      RunRow before = run(queue, lease.getJob());
      RunRow.Builder after = before == null ? RunRow.newBuilder() : before.toBuilder();
      after
          .setState(JobState.RUNNING)
          .setAttempts(lease.getAttempt())
          .setToken(context.offset())
          .setWorker(event.getWorker())
          .setStartTimeUs(context.logTimeUs())
          .setDueUs(event.getExpireTimeUs())
          .clearProgress();
      shelf.move(lease.getJob(), spec, before, after.build());
    }
    shelf.close();
  }

  void jobsExtended(JobsExtended event, EventContext context) {
    String queue = event.getQueue();
    shelf.open(queue, context);
    for (JobsExtended.Extension extension : event.getJobsList()) {
      RunRow before = required(queue, extension.getJob());
      RunRow.Builder after = before.toBuilder().setDueUs(extension.getExpireTimeUs());
      if (!extension.getProgress().isEmpty()) {
        after.setProgress(extension.getProgress());
      }
      shelf.move(extension.getJob(), spec(queue, extension.getJob()), before, after.build());
    }
    shelf.close();
  }

  void jobsEnded(JobsEnded event, EventContext context) {
    String queue = event.getQueue();
    QueueRow.Builder row = shelf.open(queue, context);
    for (JobsEnded.End end : event.getJobsList()) {
      SpecRow spec = spec(queue, end.getJob());
      RunRow before = required(queue, end.getJob());
      switch (end.getState()) {
        case DONE -> row.setTotalDone(row.getTotalDone() + 1);
        case DEAD -> {
          row.setTotalDied(row.getTotalDied() + 1);
          row.setTotalFailed(row.getTotalFailed() + 1);
        }
        case SCHEDULED -> row.setTotalFailed(row.getTotalFailed() + 1);
        case READY -> {}
        case BLOCKED, RUNNING, JOB_STATE_UNSPECIFIED, UNRECOGNIZED ->
            throw new IllegalStateException("a lease does not end so: " + end.getState());
      }
      if (end.getLost()) {
        row.setTotalLost(row.getTotalLost() + 1);
      }
      if (end.getState() == JobState.DONE && end.getTimeUs() == 0) {
        shelf.finish(end.getJob(), spec, before);
        continue;
      }
      RunRow.Builder after = before.toBuilder().setState(end.getState()).setDueUs(end.getTimeUs());
      if (end.getState() == JobState.DONE || end.getState() == JobState.DEAD) {
        after.setEndTimeUs(context.logTimeUs());
      }
      if (end.getState() == JobState.DONE) {
        after.setResult(end.getResult());
      } else if (end.getState() == JobState.READY) {
        after.setAttempts(before.getAttempts() - 1);
      } else {
        after.setError(end.getError());
      }
      shelf.move(end.getJob(), spec, before, after.build());
    }
    shelf.close();
  }

  void jobsReadied(JobsReadied event, EventContext context) {
    String queue = event.getQueue();
    shelf.open(queue, context);
    for (JobsReadied.Readied readied : event.getJobsList()) {
      RunRow before = run(queue, readied.getJob());
      RunRow.Builder after = before == null ? RunRow.newBuilder() : before.toBuilder();
      after.setState(readied.getState()).setDueUs(readied.getTimeUs());
      if (readied.getRequeued()) {
        after.setAttempts(0).clearEndTimeUs();
      }
      shelf.move(readied.getJob(), spec(queue, readied.getJob()), before, after.build());
    }
    shelf.close();
  }

  void jobsUnblocked(JobsUnblocked event, EventContext context) {
    String queue = event.getQueue();
    shelf.open(queue, context);
    for (long job : event.getJobsList()) {
      tables.waits.delete(new WaitKey(queue, event.getAfter(), event.getAfterBatch(), job), true);
      SpecRow spec = spec(queue, job);
      RunRow before = required(queue, job);
      RunRow.Builder after = before.toBuilder().setOpen(before.getOpen() - 1);
      if (after.getOpen() > 0) {
        tables.runs.replace(new JobKey(queue, job), before, after.build());
        continue;
      }
      if (spec.getRunTimeUs() > context.logTimeUs()) {
        after.setState(JobState.SCHEDULED).setDueUs(spec.getRunTimeUs());
      } else {
        after.setState(JobState.READY);
      }
      shelf.move(job, spec, before, after.build());
    }
    shelf.close();
  }

  void jobsRemoved(JobsRemoved event, EventContext context) {
    String queue = event.getQueue();
    QueueRow.Builder row = shelf.open(queue, context);
    if (event.getCancelled()) {
      row.setTotalCancelled(row.getTotalCancelled() + event.getJobsCount());
    }
    for (long job : event.getJobsList()) {
      shelf.remove(job, spec(queue, job), run(queue, job));
    }
    shelf.close();
  }

  void scheduleSet(ScheduleSet event, EventContext context) {
    String queue = event.getQueue();
    QueueRow.Builder row = shelf.open(queue, context);
    NameKey at = new NameKey(queue, event.getRow().getSchedule());
    ScheduleRow before = tables.schedules.get(at);
    if (before == null) {
      row.setSchedules(row.getSchedules() + 1);
    } else {
      unschedule(queue, before);
    }
    if (event.getRow().getNextUs() > 0) {
      shelf.due(
          DueKey.of(
              queue,
              event.getRow().getNextUs(),
              DueKind.SCHEDULE_DUE,
              0,
              event.getRow().getSchedule()));
    }
    tables.schedules.replace(at, before, event.getRow());
    shelf.close();
  }

  private void unschedule(String queue, ScheduleRow row) {
    if (row.getNextUs() > 0) {
      tables.agenda.delete(
          DueKey.of(queue, row.getNextUs(), DueKind.SCHEDULE_DUE, 0, row.getSchedule()));
    }
  }

  void scheduleDeleted(ScheduleDeleted event, EventContext context) {
    QueueRow.Builder row = shelf.open(event.getQueue(), context);
    NameKey at = new NameKey(event.getQueue(), event.getSchedule());
    ScheduleRow before = tables.schedules.get(at);
    if (before != null) {
      unschedule(event.getQueue(), before);
      tables.schedules.delete(at, before);
      row.setSchedules(row.getSchedules() - 1);
    }
    shelf.close();
  }

  void batchSealed(BatchSealed event, EventContext context) {
    shelf.open(event.getQueue(), context);
    NameKey at = new NameKey(event.getQueue(), event.getBatch());
    BatchRow before = tables.batches.get(at);
    if (before != null) {
      BatchRow after = before.toBuilder().setSealed(true).build();
      tables.batches.replace(at, before, after);
      shelf.batchChanged(event.getBatch(), after);
    }
    shelf.close();
  }

  void queueTicked(QueueTicked event, EventContext context) {
    String queue = event.getQueue();
    shelf.open(queue, context);
    for (QueueTicked.Due due : event.getDueList()) {
      String name = due.getName();
      tables.agenda.delete(
          DueKey.of(queue, due.getTimeUs(), due.getKind(), due.getJob(), name), true);
      switch (due.getKind()) {
        case UNIQUE_DUE -> {
          UniqueRow held = tables.unique.get(new NameKey(queue, name));
          if (held != null && held.getUntilUs() == due.getTimeUs()) {
            tables.unique.delete(new NameKey(queue, name), held);
          }
        }
        case KEY_DUE -> {
          KeyRow.Builder key = shelf.key(name);
          if (key.getThrottledUntilUs() == due.getTimeUs()) {
            key.setThrottledUntilUs(0);
          }
        }
        // Whether it is forgotten follows from its counts.
        case KEY_FORGOTTEN -> shelf.key(name);
        case BATCH_DUE -> tables.batches.delete(new NameKey(queue, name));
        case RELEASE_DUE, CASCADE_DUE, JOB_DUE, SCHEDULE_DUE -> {}
        case DUE_KIND_UNSPECIFIED, UNRECOGNIZED ->
            throw new IllegalStateException("something is due that is not known");
      }
    }
    shelf.close();
  }

  void tickSet(TickSet event, EventContext context) {
    QueueRow.Builder row = shelf.open(event.getQueue(), context).setTickUs(event.getTimeUs());
    if (event.getSweptUs() > 0) {
      row.setSweptUs(event.getSweptUs());
    }
    shelf.close();
  }

  void keysFreed(KeysFreed event, EventContext context) {
    shelf.open(event.getQueue(), context);
    // Whether they have a turn follows from their counts.
    event.getKeysList().forEach(shelf::key);
    shelf.close();
  }

  void reportsRefused(ReportsRefused event, EventContext context) {
    QueueRow.Builder row = shelf.open(event.getQueue(), context);
    row.setTotalRefused(row.getTotalRefused() + event.getCount());
    shelf.close();
  }

  void guardRaised(GuardRaised event, EventContext context) {
    guards.raised(event);
  }

  private SpecRow spec(String queue, long job) {
    SpecRow spec = tables.specs.get(new JobKey(queue, job));
    if (spec == null) {
      throw new IllegalStateException("an event of a job that there is not");
    }
    return spec;
  }

  private @Nullable RunRow run(String queue, long job) {
    return tables.runs.get(new JobKey(queue, job));
  }

  private RunRow required(String queue, long job) {
    RunRow run = run(queue, job);
    if (run == null) {
      throw new IllegalStateException("an event of a job that has not begun");
    }
    return run;
  }
}
