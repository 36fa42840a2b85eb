package io.thalweg.jobs;

import io.thalweg.jobs.JobTables.JobKey;
import io.thalweg.jobs.JobTables.NameKey;
import io.thalweg.jobs.JobTables.ReadyKey;
import io.thalweg.jobs.JobTables.TurnKey;
import io.thalweg.jobs.v1.Batch;
import io.thalweg.jobs.v1.BatchRow;
import io.thalweg.jobs.v1.GetBatchRequest;
import io.thalweg.jobs.v1.GetJobRequest;
import io.thalweg.jobs.v1.GetQueueRequest;
import io.thalweg.jobs.v1.Job;
import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.KeyFigures;
import io.thalweg.jobs.v1.KeyRow;
import io.thalweg.jobs.v1.ListJobsRequest;
import io.thalweg.jobs.v1.ListJobsResponse;
import io.thalweg.jobs.v1.ListKeysRequest;
import io.thalweg.jobs.v1.ListKeysResponse;
import io.thalweg.jobs.v1.ListQueuesRequest;
import io.thalweg.jobs.v1.ListQueuesResponse;
import io.thalweg.jobs.v1.ListSchedulesRequest;
import io.thalweg.jobs.v1.ListSchedulesResponse;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.RunRow;
import io.thalweg.jobs.v1.ScheduleRow;
import io.thalweg.jobs.v1.SpecRow;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;
import io.thalweg.runtime.ScanContext;
import io.thalweg.state.Table;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;

/** What is read: jobs, queues with their figures, keys, schedules, batches. */
final class Reads {
  private static final int DEFAULT_PAGE = 100;
  private static final int MAX_LOOKED_AT = 1_000;
  private static final int ANSWER_BYTES = 2 << 20;

  private final JobTables tables;
  private final ReadyHints hints;
  private final RecentTotals recent;

  Reads(JobTables tables, ReadyHints hints, RecentTotals recent) {
    this.tables = tables;
    this.hints = hints;
    this.recent = recent;
  }

  Job job(GetJobRequest request, QueryContext context) {
    SpecRow spec = tables.specs.get(new JobKey(request.getQueue(), request.getJob()));
    if (spec == null) {
      throw Failure.notFound("job", Long.toString(request.getJob()));
    }
    return Answers.job(
        request.getJob(), spec, tables.runs.get(new JobKey(request.getQueue(), request.getJob())));
  }

  ListJobsResponse jobs(ListJobsRequest request, QueryContext context) {
    String queue = request.getQueue();
    int page = page(request.getPageSize());
    boolean dead = request.getState() == JobState.DEAD;
    JobKey from = new JobKey(queue, request.getAfterJob() + 1);
    JobKey to = new JobKey(queue, Long.MAX_VALUE);
    List<Long> ids =
        dead
            ? tables.dead.scan(from, to, page).stream().map(row -> row.key().job()).toList()
            : tables.specs.scan(from, to, MAX_LOOKED_AT).stream()
                .map(row -> row.key().job())
                .toList();
    ListJobsResponse.Builder response = ListJobsResponse.newBuilder();
    int bytes = 0;
    int looked = 0;
    long last = 0;
    for (long id : ids) {
      if (response.getJobsCount() >= page || bytes >= ANSWER_BYTES) {
        break;
      }
      looked++;
      last = id;
      SpecRow spec = tables.specs.get(new JobKey(queue, id));
      if (spec == null) {
        continue;
      }
      RunRow run = tables.runs.get(new JobKey(queue, id));
      if (request.getState() == JobState.JOB_STATE_UNSPECIFIED
          || request.getState() == Shelf.state(spec, run)) {
        Job job = Answers.job(id, spec, run);
        bytes += job.getSerializedSize();
        response.addJobs(job);
      }
    }
    boolean more = looked < ids.size() || ids.size() == (dead ? page : MAX_LOOKED_AT);
    return response.setNextAfterJob(more ? last : 0).build();
  }

  Queue queue(GetQueueRequest request, QueryContext context) {
    Queue.Builder queue =
        queue(request.getQueue(), context.caller().project(), context.logTimeUs()).toBuilder();
    queue.getFiguresBuilder().setWaitingFetches(context.waiting(Agenda.topic(request.getQueue())));
    return queue.build();
  }

  /** A queue, from a few rows however many jobs it has or had. */
  Queue queue(String name, int project, long nowUs) {
    QueueRow row = tables.queues.get(name);
    if (row == null) {
      throw Failure.notFound("queue", name);
    }
    Queue.Builder queue = Answers.queue(name, row).toBuilder();
    recent.addTo(queue.getFiguresBuilder(), project, name, row, nowUs);
    List<Table.Row<TurnKey, Boolean>> turn =
        tables.turns.scan(
            new TurnKey(name, row.getServed(), ""), new TurnKey(name, Long.MAX_VALUE, ""), 1);
    if (!turn.isEmpty()) {
      String key = turn.getFirst().key().key();
      ReadyKey from = hints.of(project, name, key);
      List<Table.Row<ReadyKey, Boolean>> ready =
          tables.ready.scan(
              from == null ? new ReadyKey(name, key, Integer.MAX_VALUE, 0) : from,
              new ReadyKey(name, key, Integer.MIN_VALUE, Long.MAX_VALUE),
              1);
      if (!ready.isEmpty()) {
        hints.found(project, ready.getFirst().key());
      }
      SpecRow oldest =
          ready.isEmpty() ? null : tables.specs.get(new JobKey(name, ready.getFirst().key().job()));
      if (oldest != null) {
        queue.getFiguresBuilder().setOldestReadyTime(Times.time(oldest.getEnqueueTimeUs()));
      }
    }
    return queue.build();
  }

  ListKeysResponse keys(ListKeysRequest request, QueryContext context) {
    String queue = request.getQueue();
    int page = page(request.getPageSize());
    String from = request.hasAfterKey() ? request.getAfterKey() + "\u0001" : "";
    ListKeysResponse.Builder response = ListKeysResponse.newBuilder();
    for (Table.Row<NameKey, KeyRow> row :
        tables.keys.scan(new NameKey(queue, from), new NameKey(queue + "\u0001", ""), page + 1)) {
      if (!row.key().queue().equals(queue)) {
        break;
      }
      if (response.getKeysCount() == page) {
        response.setMore(true);
        break;
      }
      KeyFigures.Builder figures =
          KeyFigures.newBuilder()
              .setKey(row.key().name())
              .setReady(row.value().getReady())
              .setRunning(row.value().getRunning());
      if (row.value().getThrottledUntilUs() > 0) {
        figures.setThrottledUntil(Times.time(row.value().getThrottledUntilUs()));
      }
      response.addKeys(figures);
    }
    return response.build();
  }

  ListSchedulesResponse schedules(ListSchedulesRequest request, QueryContext context) {
    String queue = request.getQueue();
    int page = page(request.getPageSize());
    String after = request.getAfterSchedule();
    ListSchedulesResponse.Builder response = ListSchedulesResponse.newBuilder();
    String last = "";
    for (Table.Row<NameKey, ScheduleRow> row :
        tables.schedules.scan(
            new NameKey(queue, after.isEmpty() ? "" : after + "\u0001"),
            new NameKey(queue + "\u0001", ""),
            page + 1)) {
      if (!row.key().queue().equals(queue)) {
        break;
      }
      if (response.getSchedulesCount() == page) {
        response.setNextAfterSchedule(last);
        break;
      }
      last = row.key().name();
      response.addSchedules(Answers.schedule(row.value()));
    }
    return response.build();
  }

  Batch batch(GetBatchRequest request, QueryContext context) {
    BatchRow row = tables.batches.get(new NameKey(request.getQueue(), request.getBatch()));
    if (row == null) {
      throw Failure.notFound("batch", request.getBatch());
    }
    return Answers.batch(request.getBatch(), row);
  }

  /** The first queues of one partition, by name. */
  ListQueuesResponse queues(ListQueuesRequest request, ScanContext context) {
    int page = page(request.getPageSize());
    PriorityQueue<Queue> firsts =
        new PriorityQueue<>(Comparator.comparing(Queue::getQueue).reversed());
    Iterator<Table.Row<String, QueueRow>> rows = context.scanAll(tables.queues);
    while (rows.hasNext()) {
      Table.Row<String, QueueRow> row = rows.next();
      if (row.key().compareTo(request.getAfterQueue()) <= 0) {
        continue;
      }
      firsts.add(Answers.queue(row.key(), row.value()));
      if (firsts.size() > page + 1) {
        firsts.poll();
      }
    }
    return ListQueuesResponse.newBuilder().addAllQueues(firsts).build();
  }

  static ListQueuesResponse merge(ListQueuesRequest request, List<ListQueuesResponse> parts) {
    int page = page(request.getPageSize());
    List<Queue> all =
        parts.stream()
            .flatMap(part -> part.getQueuesList().stream())
            .sorted(Comparator.comparing(Queue::getQueue))
            .limit(page + 1L)
            .toList();
    ListQueuesResponse.Builder response = ListQueuesResponse.newBuilder();
    if (all.size() > page) {
      return response
          .addAllQueues(all.subList(0, page))
          .setNextAfterQueue(all.get(page - 1).getQueue())
          .build();
    }
    return response.addAllQueues(all).build();
  }

  private static int page(int asked) {
    return asked == 0 ? DEFAULT_PAGE : asked;
  }
}
