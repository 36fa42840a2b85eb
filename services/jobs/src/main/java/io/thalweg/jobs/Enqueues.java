package io.thalweg.jobs;

import com.google.rpc.Code;
import io.thalweg.jobs.JobTables.JobKey;
import io.thalweg.jobs.JobTables.NameKey;
import io.thalweg.jobs.v1.BatchRow;
import io.thalweg.jobs.v1.EnqueueManyRequest;
import io.thalweg.jobs.v1.EnqueueManyResponse;
import io.thalweg.jobs.v1.EnqueueRequest;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.JobsEnqueued;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.SpecRow;
import io.thalweg.jobs.v1.UniqueRow;
import io.thalweg.jobs.v1.UniqueScope;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Decides on new jobs. */
final class Enqueues {
  /** A job's number is the offset of its event and its place in it. */
  static final int JOBS_PER_EVENT = 1_024;

  private static final long DEFAULT_MAX_JOBS = 50_000_000;
  private static final int EVENT_BYTES = 512 << 10;

  private final JobTables tables;
  private final Agenda agenda;
  private final Guards guards;

  Enqueues(JobTables tables, Agenda agenda, Guards guards) {
    this.tables = tables;
    this.agenda = agenda;
    this.guards = guards;
  }

  EnqueueResponse one(EnqueueRequest request, CommandContext context) {
    guards.check(request.getQueue(), request.hasGuard(), request.getGuard(), context);
    agenda.begin();
    EnqueueResponse response =
        enqueue(request.getQueue(), List.of(request.getJob()), "job", false, 0, context).getFirst();
    agenda.end(request.getQueue(), context);
    return response;
  }

  EnqueueManyResponse many(EnqueueManyRequest request, CommandContext context) {
    guards.check(request.getQueue(), request.hasGuard(), request.getGuard(), context);
    agenda.begin();
    List<EnqueueResponse> responses =
        enqueue(request.getQueue(), request.getJobsList(), "jobs", true, 0, context);
    agenda.end(request.getQueue(), context);
    return EnqueueManyResponse.newBuilder().addAllJobs(responses).build();
  }

  /**
   * Emits the events of new jobs.
   *
   * @param path of the jobs in the request
   * @param indexed whether the path has a place for each
   * @param scheduleTimeUs the time of the schedule that they are of; 0: of none
   */
  List<EnqueueResponse> enqueue(
      String queue,
      List<JobSpec> specs,
      String path,
      boolean indexed,
      long scheduleTimeUs,
      CommandContext context) {
    checkRoom(queue, specs.size(), context);
    List<EnqueueResponse> responses = new ArrayList<>(specs.size());
    Map<String, Long> taken = new HashMap<>();
    Set<Long> fresh = new HashSet<>();
    JobsEnqueued.Builder event = JobsEnqueued.newBuilder().setQueue(queue);
    int eventBytes = 0;
    for (int i = 0; i < specs.size(); i++) {
      String at = indexed ? path + "[" + i + "]" : path;
      JobSpec spec = specs.get(i);
      SpecRules.check(at, spec);
      long duplicateOf = holder(queue, spec, taken, context);
      if (duplicateOf != 0) {
        responses.add(EnqueueResponse.newBuilder().setJob(duplicateOf).setDuplicate(true).build());
        continue;
      }
      if (eventBytes > 0 && eventBytes + spec.getSerializedSize() > EVENT_BYTES) {
        context.emit(event.build());
        event.clearJobs();
        eventBytes = 0;
      }
      long job = context.nextOffset() * JOBS_PER_EVENT + event.getJobsCount();
      JobsEnqueued.Enqueued.Builder enqueued =
          JobsEnqueued.Enqueued.newBuilder()
              .setJob(job)
              .setSpec(stored(spec))
              .setRunTimeUs(runTimeUs(spec, context))
              .setScheduleTimeUs(scheduleTimeUs);
      addDependencies(queue, at, spec, responses, fresh, enqueued, context);
      checkBatch(queue, at, spec);
      if (!spec.getUniqueKey().isEmpty()) {
        taken.put(spec.getUniqueKey(), job);
        if (spec.getUniqueScope() == UniqueScope.FOR_A_TIME) {
          enqueued.setUniqueUntilUs(context.logTimeUs() + 1_000 * spec.getUniqueMs());
        }
      }
      fresh.add(job);
      responses.add(EnqueueResponse.newBuilder().setJob(job).build());
      event.addJobs(enqueued);
      eventBytes += spec.getSerializedSize() + 64;
    }
    if (event.getJobsCount() > 0) {
      context.emit(event.build());
    }
    return responses;
  }

  private void checkRoom(String queue, int more, CommandContext context) {
    QueueRow row = tables.queues.get(queue);
    tables.quotas.room(context.caller().project(), row, more);
    if (row == null) {
      return;
    }
    long most = row.getSettings().getMaxJobs();
    most = most == 0 ? DEFAULT_MAX_JOBS : most;
    long present = ProjectQuotas.jobs(row);
    if (present + more > most) {
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "the queue has %d jobs, and may have %d (max_jobs); try again later"
              .formatted(present, most),
          1_000);
    }
  }

  /** The job that has the unique key of a new one; 0: none. */
  private long holder(String queue, JobSpec spec, Map<String, Long> taken, CommandContext context) {
    if (spec.getUniqueKey().isEmpty()) {
      return 0;
    }
    Long before = taken.get(spec.getUniqueKey());
    if (before != null) {
      return before;
    }
    UniqueRow held = tables.unique.get(new NameKey(queue, spec.getUniqueKey()));
    if (held == null || (held.getUntilUs() > 0 && held.getUntilUs() <= context.logTimeUs())) {
      return 0;
    }
    return held.getJob();
  }

  /** The spec without what the event says in other fields. */
  private static JobSpec stored(JobSpec spec) {
    if (spec.getAfterCount() == 0
        && spec.getAfterPlacesCount() == 0
        && spec.getAfterBatchesCount() == 0
        && spec.getDelayMs() == 0
        && !spec.hasRunTime()) {
      return spec;
    }
    return spec.toBuilder()
        .clearAfter()
        .clearAfterPlaces()
        .clearAfterBatches()
        .clearDelayMs()
        .clearRunTime()
        .build();
  }

  private static long runTimeUs(JobSpec spec, CommandContext context) {
    long atUs =
        spec.hasRunTime()
            ? Times.us(spec.getRunTime())
            : context.logTimeUs() + 1_000 * spec.getDelayMs();
    return atUs > context.logTimeUs() ? atUs : 0;
  }

  private void addDependencies(
      String queue,
      String at,
      JobSpec spec,
      List<EnqueueResponse> responses,
      Set<Long> fresh,
      JobsEnqueued.Enqueued.Builder enqueued,
      CommandContext context) {
    Set<Long> after = new LinkedHashSet<>(spec.getAfterList());
    for (int i = 0; i < spec.getAfterPlacesCount(); i++) {
      int place = spec.getAfterPlaces(i);
      if (place < 0 || place >= responses.size()) {
        throw Failure.invalid(
            at + ".after_places[" + i + "]",
            "must be the place of a job before this one in the request; got " + place);
      }
      after.add(responses.get(place).getJob());
    }
    long end = context.nextOffset() * JOBS_PER_EVENT;
    for (long job : after) {
      if (fresh.contains(job)) {
        enqueued.addAfter(job);
        continue;
      }
      if (job <= 0 || job >= end) {
        throw Failure.invalid(at + ".after", "must name jobs of this queue; got " + job);
      }
      SpecRow other = tables.specs.get(new JobKey(queue, job));
      if (other != null
          && Shelf.state(other, tables.runs.get(new JobKey(queue, job))) != JobState.DONE) {
        enqueued.addAfter(job);
      }
    }
    for (String batch : new LinkedHashSet<>(spec.getAfterBatchesList())) {
      BatchRow row = tables.batches.get(new NameKey(queue, batch));
      if (row == null) {
        throw Failure.invalid(
            at + ".after_batches",
            "must name batches that jobs have joined; got '" + Failure.quote(batch) + "'");
      }
      if (!row.getSealed() || row.getOpen() > 0) {
        enqueued.addAfterBatches(batch);
      }
    }
  }

  private void checkBatch(String queue, String at, JobSpec spec) {
    if (spec.getBatch().isEmpty()) {
      return;
    }
    BatchRow row = tables.batches.get(new NameKey(queue, spec.getBatch()));
    if (row != null && row.getSealed()) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "%s.batch: '%s' is sealed, no more jobs join it"
              .formatted(at, Failure.quote(spec.getBatch())));
    }
  }
}
