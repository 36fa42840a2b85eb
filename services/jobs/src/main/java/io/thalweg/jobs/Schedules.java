package io.thalweg.jobs;

import com.google.rpc.Code;
import io.thalweg.jobs.JobTables.NameKey;
import io.thalweg.jobs.v1.DeleteScheduleRequest;
import io.thalweg.jobs.v1.DeleteScheduleResponse;
import io.thalweg.jobs.v1.JobSchedule;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.PutScheduleRequest;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.ScheduleDeleted;
import io.thalweg.jobs.v1.ScheduleRow;
import io.thalweg.jobs.v1.ScheduleSet;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.schedules.Schedule;
import io.thalweg.schedules.ScheduleTimes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Decides on schedules, and what comes of their times. Replaying asks no time zone. */
final class Schedules {
  private static final int MAX_SCHEDULES = 10_000;
  private static final int MAX_PAYLOAD_BYTES = 16 << 10;
  private static final int MAX_MISSED = 100;
  private static final int MAX_READ = 256;

  // Later than that is a time that was missed.
  private static final long MISSED_AFTER_MS = 60_000;

  private final JobTables tables;
  private final Agenda agenda;
  private final Enqueues enqueues;

  private final Map<Schedule, ScheduleTimes> read =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Schedule, ScheduleTimes> eldest) {
          return size() > MAX_READ;
        }
      };

  Schedules(JobTables tables, Agenda agenda, Enqueues enqueues) {
    this.tables = tables;
    this.agenda = agenda;
    this.enqueues = enqueues;
  }

  JobSchedule put(PutScheduleRequest request, CommandContext context) {
    String queue = request.getQueue();
    NameKey at = new NameKey(queue, request.getSchedule());
    JobSpec job = request.getJob();
    SpecRules.check("job", job);
    if (job.hasRunTime()
        || job.getDelayMs() > 0
        || job.getAfterCount() > 0
        || job.getAfterBatchesCount() > 0
        || job.getAfterPlacesCount() > 0
        || !job.getBatch().isEmpty()) {
      throw Failure.invalid(
          "job", "must have no time, no dependencies and no batch: the schedule says when");
    }
    if (job.getPayload().size() > MAX_PAYLOAD_BYTES) {
      throw Failure.invalid(
          "job.payload",
          "must have at most %d bytes in a schedule; got %d"
              .formatted(MAX_PAYLOAD_BYTES, job.getPayload().size()));
    }
    Schedule schedule = Schedule.of(request.getCron(), request.getTimeZone());
    if (schedule == null) {
      throw Failure.invalid("cron", "must not be empty");
    }
    long nextMs = times(schedule).nextMs(nowMs(context));
    if (nextMs == Long.MAX_VALUE) {
      throw Failure.invalid(
          "cron", "must name a time that comes; got '" + Failure.quote(schedule.cron()) + "'");
    }
    ScheduleRow before = tables.schedules.get(at);
    QueueRow row = tables.queues.get(queue);
    if (before == null && row != null && row.getSchedules() >= MAX_SCHEDULES) {
      throw Failure.of(
          Code.RESOURCE_EXHAUSTED,
          "the queue has %d schedules, the most that it may".formatted(MAX_SCHEDULES));
    }
    tables.quotas.room(context.caller().project(), row, /* more= */ 0);
    ScheduleRow after =
        ScheduleRow.newBuilder()
            .setSchedule(request.getSchedule())
            .setCron(schedule.cron())
            .setTimeZone(schedule.timeZone())
            .setMisfire(request.getMisfire())
            .setJob(job)
            .setNextUs(1_000 * nextMs)
            .setLastUs(before == null ? 0 : before.getLastUs())
            .build();
    agenda.begin();
    context.emit(ScheduleSet.newBuilder().setQueue(queue).setRow(after).build());
    agenda.end(queue, context);
    return Answers.schedule(after);
  }

  DeleteScheduleResponse delete(DeleteScheduleRequest request, CommandContext context) {
    NameKey at = new NameKey(request.getQueue(), request.getSchedule());
    if (!tables.schedules.contains(at)) {
      throw Failure.notFound("schedule", request.getSchedule());
    }
    context.emit(
        ScheduleDeleted.newBuilder()
            .setQueue(request.getQueue())
            .setSchedule(request.getSchedule())
            .build());
    return DeleteScheduleResponse.getDefaultInstance();
  }

  /** The time of a schedule has come; false if there is no such schedule any more. */
  boolean come(String queue, String name, CommandContext context) {
    ScheduleRow row = tables.schedules.get(new NameKey(queue, name));
    if (row == null || row.getNextUs() == 0 || row.getNextUs() > context.logTimeUs()) {
      return false;
    }
    ScheduleTimes times = times(new Schedule(row.getCron(), row.getTimeZone()));
    long nowMs = nowMs(context);
    long lastUs = row.getLastUs();
    for (long dueMs : due(times, row, nowMs)) {
      try {
        enqueues.enqueue(queue, List.of(row.getJob()), "job", false, 1_000 * dueMs, context);
        lastUs = 1_000 * dueMs;
      } catch (Failure full) {
        // The queue has no room: the time is missed, and the next one is tried.
        if (full.code() != Code.RESOURCE_EXHAUSTED) {
          throw full;
        }
      }
    }
    long nextMs = times.nextMs(nowMs);
    context.emit(
        ScheduleSet.newBuilder()
            .setQueue(queue)
            .setRow(
                row.toBuilder()
                    .setNextUs(nextMs == Long.MAX_VALUE ? 0 : 1_000 * nextMs)
                    .setLastUs(lastUs))
            .build());
    return true;
  }

  /** The times, of those that have come, for which there is a job. */
  private static Deque<Long> due(ScheduleTimes times, ScheduleRow row, long nowMs) {
    Deque<Long> due = new ArrayDeque<>();
    long firstMs = row.getNextUs() / 1_000;
    switch (row.getMisfire()) {
      case SKIP -> {
        long lastMs = times.lastMs(firstMs, nowMs);
        if (nowMs - lastMs <= MISSED_AFTER_MS) {
          due.add(lastMs);
        }
      }
      case RUN_ALL -> {
        // After a long time down the walk begins near its end, not with the first that was missed.
        long lastMs = times.lastMs(firstMs, nowMs);
        for (long ms = backFrom(times, firstMs, lastMs); ms <= lastMs; ms = times.nextMs(ms)) {
          due.add(ms);
          if (due.size() > MAX_MISSED) {
            due.removeFirst();
          }
        }
      }
      case RUN_ONCE, MISFIRE_UNSPECIFIED, UNRECOGNIZED -> due.add(times.lastMs(firstMs, nowMs));
    }
    return due;
  }

  /**
   * A time of the schedule with at least {@value #MAX_MISSED} times from it to the last, or the
   * first: widening steps back, so that a year of minutes is not walked through.
   */
  private static long backFrom(ScheduleTimes times, long firstMs, long lastMs) {
    for (long spanMs = 1_000 * 60 * 2L * MAX_MISSED; lastMs - spanMs > firstMs; spanMs *= 4) {
      long from = times.nextMs(lastMs - spanMs);
      int count = 0;
      for (long ms = from; ms <= lastMs && count < MAX_MISSED; ms = times.nextMs(ms)) {
        count++;
      }
      if (count == MAX_MISSED) {
        return from;
      }
    }
    return firstMs;
  }

  private ScheduleTimes times(Schedule schedule) {
    ScheduleTimes known = read.get(schedule);
    if (known == null) {
      known = ScheduleTimes.of("request", schedule);
      read.put(schedule, known);
    }
    return known;
  }

  private static long nowMs(CommandContext context) {
    return Math.floorDiv(context.logTimeUs(), 1_000L);
  }
}
