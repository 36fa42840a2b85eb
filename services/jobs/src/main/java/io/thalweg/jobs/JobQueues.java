package io.thalweg.jobs;

import io.thalweg.jobs.v1.Batch;
import io.thalweg.jobs.v1.BatchSealed;
import io.thalweg.jobs.v1.CancelJobRequest;
import io.thalweg.jobs.v1.CancelJobResponse;
import io.thalweg.jobs.v1.DeleteQueueRequest;
import io.thalweg.jobs.v1.DeleteQueueResponse;
import io.thalweg.jobs.v1.DeleteScheduleRequest;
import io.thalweg.jobs.v1.DeleteScheduleResponse;
import io.thalweg.jobs.v1.EnqueueManyRequest;
import io.thalweg.jobs.v1.EnqueueManyResponse;
import io.thalweg.jobs.v1.EnqueueRequest;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.FetchRequest;
import io.thalweg.jobs.v1.FetchResponse;
import io.thalweg.jobs.v1.GetBatchRequest;
import io.thalweg.jobs.v1.GetJobRequest;
import io.thalweg.jobs.v1.GetQueueRequest;
import io.thalweg.jobs.v1.GuardRaised;
import io.thalweg.jobs.v1.Job;
import io.thalweg.jobs.v1.JobSchedule;
import io.thalweg.jobs.v1.JobsEnded;
import io.thalweg.jobs.v1.JobsEnqueued;
import io.thalweg.jobs.v1.JobsExtended;
import io.thalweg.jobs.v1.JobsLeased;
import io.thalweg.jobs.v1.JobsProto;
import io.thalweg.jobs.v1.JobsReadied;
import io.thalweg.jobs.v1.JobsRemoved;
import io.thalweg.jobs.v1.JobsUnblocked;
import io.thalweg.jobs.v1.KeysFreed;
import io.thalweg.jobs.v1.ListJobsRequest;
import io.thalweg.jobs.v1.ListJobsResponse;
import io.thalweg.jobs.v1.ListKeysRequest;
import io.thalweg.jobs.v1.ListKeysResponse;
import io.thalweg.jobs.v1.ListQueuesRequest;
import io.thalweg.jobs.v1.ListQueuesResponse;
import io.thalweg.jobs.v1.ListSchedulesRequest;
import io.thalweg.jobs.v1.ListSchedulesResponse;
import io.thalweg.jobs.v1.PauseQueueRequest;
import io.thalweg.jobs.v1.PutScheduleRequest;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueDeleted;
import io.thalweg.jobs.v1.QueuePaused;
import io.thalweg.jobs.v1.QueueSet;
import io.thalweg.jobs.v1.QueueTicked;
import io.thalweg.jobs.v1.ReportRequest;
import io.thalweg.jobs.v1.ReportResponse;
import io.thalweg.jobs.v1.ReportsRefused;
import io.thalweg.jobs.v1.RequeueRequest;
import io.thalweg.jobs.v1.RequeueResponse;
import io.thalweg.jobs.v1.ScheduleDeleted;
import io.thalweg.jobs.v1.ScheduleSet;
import io.thalweg.jobs.v1.SealBatchRequest;
import io.thalweg.jobs.v1.SetQueueRequest;
import io.thalweg.jobs.v1.TickRequest;
import io.thalweg.jobs.v1.TickResponse;
import io.thalweg.jobs.v1.TickSet;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.FencingGuard;
import io.thalweg.runtime.Quotas;
import io.thalweg.runtime.ServiceType;
import java.util.Map;

/**
 * Job queues: enqueue, lease, report. One instance lives in each partition, with all queues whose
 * names fall to it.
 *
 * <p>All of it is rows: a queue of millions of jobs has nothing on the heap, and one timer.
 *
 * <pre>{@code
 * try (Node node = Thalweg.open(Path.of("data"), JobQueues.TYPE)) {
 *   node.call(
 *       EnqueueRequest.newBuilder().setQueue("mail").setJob(JobSpec.newBuilder().setType("send")).build(),
 *       EnqueueResponse.class);
 * }
 * }</pre>
 */
public final class JobQueues {
  /** The service, to open a node with. */
  public static final ServiceType TYPE = type(Quotas.DEFAULTS);

  /** The quotas of a project in a partition, by their names, with what they are by default. */
  public static final Map<String, Long> QUOTAS =
      Map.of(
          ProjectQuotas.QUEUES,
          ProjectQuotas.DEFAULT_QUEUES,
          ProjectQuotas.JOBS,
          ProjectQuotas.DEFAULT_JOBS);

  private JobQueues() {}

  /** The service with other quotas; those of other services are passed over. */
  public static ServiceType type(Quotas quotas) {
    return ServiceType.of(
        JobsProto.getDescriptor().findServiceByName("Jobs"), d -> define(d, quotas));
  }

  private static void define(Definition d, Quotas quotas) {
    JobTables tables = new JobTables(d, quotas);
    ReadyHints hints = new ReadyHints();
    RecentTotals recent = new RecentTotals();
    Shelf shelf = new Shelf(tables, hints, recent);
    Agenda agenda = new Agenda(tables, shelf);

    Guards guards = new Guards(FencingGuard.of(d, JobTables.GUARDS));
    Enqueues enqueues = new Enqueues(tables, agenda, guards);
    d.command(EnqueueRequest.class, EnqueueResponse.class, enqueues::one);
    d.command(EnqueueManyRequest.class, EnqueueManyResponse.class, enqueues::many);
    Fetches fetches = new Fetches(tables, shelf, hints, agenda);
    d.command(FetchRequest.class, FetchResponse.class, fetches::fetch);
    Reports reports = new Reports(tables, agenda, guards);
    d.command(ReportRequest.class, ReportResponse.class, reports::report);

    JobCommands jobs = new JobCommands(tables, agenda);
    d.command(CancelJobRequest.class, CancelJobResponse.class, jobs::cancel);
    d.command(RequeueRequest.class, RequeueResponse.class, jobs::requeue);
    d.command(SealBatchRequest.class, Batch.class, jobs::seal);

    Reads reads = new Reads(tables, hints, recent);
    QueueCommands queues = new QueueCommands(tables, reads);
    d.command(SetQueueRequest.class, Queue.class, queues::set);
    d.command(PauseQueueRequest.class, Queue.class, queues::pause);
    d.command(DeleteQueueRequest.class, DeleteQueueResponse.class, queues::delete);

    Schedules schedules = new Schedules(tables, agenda, enqueues);
    d.command(PutScheduleRequest.class, JobSchedule.class, schedules::put);
    d.command(DeleteScheduleRequest.class, DeleteScheduleResponse.class, schedules::delete);
    Ticks ticks = new Ticks(tables, agenda, schedules);
    d.command(TickRequest.class, TickResponse.class, ticks::tick);

    AppliedEvents events = new AppliedEvents(tables, shelf, guards);
    d.event(QueueSet.class, events::queueSet);
    d.event(QueuePaused.class, events::queuePaused);
    d.event(QueueDeleted.class, events::queueDeleted);
    d.event(JobsEnqueued.class, events::jobsEnqueued);
    d.event(JobsLeased.class, events::jobsLeased);
    d.event(JobsExtended.class, events::jobsExtended);
    d.event(JobsEnded.class, events::jobsEnded);
    d.event(JobsReadied.class, events::jobsReadied);
    d.event(JobsUnblocked.class, events::jobsUnblocked);
    d.event(JobsRemoved.class, events::jobsRemoved);
    d.event(ScheduleSet.class, events::scheduleSet);
    d.event(ScheduleDeleted.class, events::scheduleDeleted);
    d.event(BatchSealed.class, events::batchSealed);
    d.event(QueueTicked.class, events::queueTicked);
    d.event(TickSet.class, events::tickSet);
    d.event(ReportsRefused.class, events::reportsRefused);
    d.event(GuardRaised.class, events::guardRaised);
    d.event(KeysFreed.class, events::keysFreed);

    d.query(GetJobRequest.class, Job.class, reads::job);
    d.query(ListJobsRequest.class, ListJobsResponse.class, reads::jobs);
    d.query(GetQueueRequest.class, Queue.class, reads::queue);
    d.query(ListKeysRequest.class, ListKeysResponse.class, reads::keys);
    d.query(ListSchedulesRequest.class, ListSchedulesResponse.class, reads::schedules);
    d.query(GetBatchRequest.class, Batch.class, reads::batch);
    d.scan(ListQueuesRequest.class, ListQueuesResponse.class, reads::queues, Reads::merge);
  }
}
