package io.thalweg.jobs;

import io.thalweg.jobs.JobTables.JobKey;
import io.thalweg.jobs.JobTables.NameKey;
import io.thalweg.jobs.v1.Batch;
import io.thalweg.jobs.v1.BatchRow;
import io.thalweg.jobs.v1.BatchSealed;
import io.thalweg.jobs.v1.CancelJobRequest;
import io.thalweg.jobs.v1.CancelJobResponse;
import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.JobsReadied;
import io.thalweg.jobs.v1.JobsRemoved;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.RequeueRequest;
import io.thalweg.jobs.v1.RequeueResponse;
import io.thalweg.jobs.v1.RunRow;
import io.thalweg.jobs.v1.SealBatchRequest;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.Table;
import java.util.LinkedHashSet;
import java.util.Set;

/** Decides on jobs for those who look after them: cancel, requeue, seal a batch. */
final class JobCommands {
  private final JobTables tables;
  private final Agenda agenda;

  JobCommands(JobTables tables, Agenda agenda) {
    this.tables = tables;
    this.agenda = agenda;
  }

  CancelJobResponse cancel(CancelJobRequest request, CommandContext context) {
    String queue = request.getQueue();
    if (!tables.specs.contains(new JobKey(queue, request.getJob()))) {
      throw Failure.notFound("job", Long.toString(request.getJob()));
    }
    agenda.begin();
    context.emit(
        JobsRemoved.newBuilder()
            .setQueue(queue)
            .addJobs(request.getJob())
            .setCancelled(true)
            .build());
    agenda.end(queue, context);
    return CancelJobResponse.getDefaultInstance();
  }

  RequeueResponse requeue(RequeueRequest request, CommandContext context) {
    String queue = request.getQueue();
    if (request.getMax() > 0 == request.getJobsCount() > 0) {
      throw Failure.invalid("max", "must be from 1 to 1000 or jobs be named, one of the two");
    }
    JobsReadied.Builder readied = JobsReadied.newBuilder().setQueue(queue);
    for (long job : chosen(request)) {
      readied.addJobs(
          JobsReadied.Readied.newBuilder().setJob(job).setState(JobState.READY).setRequeued(true));
    }
    agenda.begin();
    if (readied.getJobsCount() > 0) {
      context.emit(readied.build());
    }
    agenda.end(queue, context);
    QueueRow row = tables.queues.get(queue);
    return RequeueResponse.newBuilder()
        .setRequeued(readied.getJobsCount())
        .setLeft(row == null ? 0 : row.getDead())
        .build();
  }

  private Set<Long> chosen(RequeueRequest request) {
    String queue = request.getQueue();
    Set<Long> jobs = new LinkedHashSet<>();
    if (request.getMax() > 0) {
      for (Table.Row<JobKey, Boolean> dead :
          tables.dead.scanPrefix(JobTables.ofQueue(queue), request.getMax())) {
        jobs.add(dead.key().job());
      }
    }
    for (long job : request.getJobsList()) {
      RunRow run = tables.runs.get(new JobKey(queue, job));
      if (run != null && run.getState() == JobState.DEAD) {
        jobs.add(job);
      }
    }
    return jobs;
  }

  Batch seal(SealBatchRequest request, CommandContext context) {
    String queue = request.getQueue();
    NameKey at = new NameKey(queue, request.getBatch());
    BatchRow row = tables.batches.get(at);
    if (row == null) {
      throw Failure.notFound("batch", request.getBatch());
    }
    if (!row.getSealed()) {
      agenda.begin();
      context.emit(BatchSealed.newBuilder().setQueue(queue).setBatch(request.getBatch()).build());
      agenda.end(queue, context);
    }
    return Answers.batch(request.getBatch(), row.toBuilder().setSealed(true).build());
  }
}
