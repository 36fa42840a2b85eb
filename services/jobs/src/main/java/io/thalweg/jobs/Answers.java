package io.thalweg.jobs;

import io.thalweg.jobs.v1.Batch;
import io.thalweg.jobs.v1.BatchRow;
import io.thalweg.jobs.v1.Job;
import io.thalweg.jobs.v1.JobSchedule;
import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueFigures;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.RunRow;
import io.thalweg.jobs.v1.ScheduleRow;
import io.thalweg.jobs.v1.SpecRow;
import org.jspecify.annotations.Nullable;

/** Makes the messages that reads answer with. */
final class Answers {
  private Answers() {}

  static Job job(long id, SpecRow spec, @Nullable RunRow run) {
    JobState state = Shelf.state(spec, run);
    Job.Builder job =
        Job.newBuilder()
            .setJob(id)
            .setSpec(
                spec.getSpec().toBuilder()
                    .addAllAfter(spec.getAfterList())
                    .addAllAfterBatches(spec.getAfterBatchesList()))
            .setState(state)
            .setEnqueueTime(Times.time(spec.getEnqueueTimeUs()));
    if (spec.getScheduleTimeUs() > 0) {
      job.setScheduleTime(Times.time(spec.getScheduleTimeUs()));
    }
    if (state == JobState.SCHEDULED) {
      job.setRunTime(Times.time(run == null ? spec.getRunTimeUs() : run.getDueUs()));
    }
    if (run == null) {
      return job.build();
    }
    job.setAttempts(run.getAttempts())
        .setWorker(run.getWorker())
        .setProgress(run.getProgress())
        .setLastError(run.getError())
        .setResult(run.getResult())
        .setToken(run.getToken());
    if (run.getStartTimeUs() > 0) {
      job.setStartTime(Times.time(run.getStartTimeUs()));
    }
    if (run.getEndTimeUs() > 0) {
      job.setEndTime(Times.time(run.getEndTimeUs()));
    }
    if (state == JobState.RUNNING) {
      job.setLeaseExpireTime(Times.time(run.getDueUs()));
    }
    return job.build();
  }

  static Queue queue(String name, QueueRow row) {
    QueueFigures.Builder figures =
        QueueFigures.newBuilder()
            .setScheduled(row.getScheduled())
            .setBlocked(row.getBlocked())
            .setReady(row.getReady())
            .setRunning(row.getRunning())
            .setDone(row.getDone())
            .setDead(row.getDead())
            .setTotalEnqueued(row.getTotalEnqueued())
            .setTotalDone(row.getTotalDone())
            .setTotalFailed(row.getTotalFailed())
            .setTotalDied(row.getTotalDied())
            .setTotalCancelled(row.getTotalCancelled())
            .setTotalLost(row.getTotalLost())
            .setTotalRefused(row.getTotalRefused())
            .setSchedules(row.getSchedules());
    if (row.getTickUs() > 0) {
      figures.setNextTime(Times.time(row.getTickUs()));
    }
    return Queue.newBuilder()
        .setQueue(name)
        .setSettings(row.getSettings())
        .setPaused(row.getPaused())
        .setCreateTime(Times.time(row.getCreateTimeUs()))
        .setFigures(figures)
        .build();
  }

  static JobSchedule schedule(ScheduleRow row) {
    JobSchedule.Builder schedule =
        JobSchedule.newBuilder()
            .setSchedule(row.getSchedule())
            .setCron(row.getCron())
            .setTimeZone(row.getTimeZone())
            .setMisfire(row.getMisfire())
            .setJob(row.getJob());
    if (row.getNextUs() > 0) {
      schedule.setNextTime(Times.time(row.getNextUs()));
    }
    if (row.getLastUs() > 0) {
      schedule.setLastTime(Times.time(row.getLastUs()));
    }
    return schedule.build();
  }

  static Batch batch(String name, BatchRow row) {
    return Batch.newBuilder()
        .setBatch(name)
        .setJoined(row.getJoined())
        .setOpen(row.getOpen())
        .setSealed(row.getSealed())
        .setComplete(row.getSealed() && row.getOpen() == 0)
        .build();
  }
}
