package io.thalweg.jobs;

import io.thalweg.jobs.JobTables.NameKey;
import io.thalweg.jobs.v1.DeleteQueueRequest;
import io.thalweg.jobs.v1.DeleteQueueResponse;
import io.thalweg.jobs.v1.KeyRow;
import io.thalweg.jobs.v1.KeysFreed;
import io.thalweg.jobs.v1.PauseQueueRequest;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueDeleted;
import io.thalweg.jobs.v1.QueuePaused;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.QueueSet;
import io.thalweg.jobs.v1.SetQueueRequest;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.Table;
import java.util.List;

/** Decides on queues: settings, pause, delete. */
final class QueueCommands {
  // Of a limit that is raised; the others get their turn when a job of theirs ends.
  private static final int MAX_FREED = 10_000;
  private static final int PAGE = 1_000;

  private final JobTables tables;
  private final Reads reads;

  QueueCommands(JobTables tables, Reads reads) {
    this.tables = tables;
    this.reads = reads;
  }

  Queue set(SetQueueRequest request, CommandContext context) {
    QueueRow row = tables.queues.get(request.getQueue());
    tables.quotas.room(context.caller().project(), row, /* more= */ 0);
    context.emit(
        QueueSet.newBuilder()
            .setQueue(request.getQueue())
            .setSettings(request.getSettings())
            .build());
    if (row != null) {
      freeKeys(
          request.getQueue(),
          row.getSettings().getMaxRunningPerKey(),
          request.getSettings().getMaxRunningPerKey(),
          context);
    }
    // A limit may be higher than it was.
    context.wake(Agenda.topic(request.getQueue()), Integer.MAX_VALUE);
    return reads.queue(request.getQueue(), context.caller().project(), context.logTimeUs());
  }

  // Keys that are at a limit have no turn, and nothing of theirs has happened that gives them one.
  private void freeKeys(String queue, int was, int is, CommandContext context) {
    if (was == 0 || (is != 0 && is <= was)) {
      return;
    }
    String from = "";
    for (int looked = 0; looked < MAX_FREED; ) {
      List<Table.Row<NameKey, KeyRow>> some =
          tables.keys.scan(new NameKey(queue, from), new NameKey(queue + "\u0001", ""), PAGE);
      KeysFreed.Builder freed = KeysFreed.newBuilder().setQueue(queue);
      for (Table.Row<NameKey, KeyRow> key : some) {
        if (key.key().queue().equals(queue)
            && key.value().getReady() > 0
            && key.value().getRunning() >= was) {
          freed.addKeys(key.key().name());
        }
      }
      if (freed.getKeysCount() > 0) {
        context.emit(freed.build());
      }
      looked += some.size();
      if (some.size() < PAGE || !some.getLast().key().queue().equals(queue)) {
        return;
      }
      from = some.getLast().key().name() + "\u0001";
    }
  }

  Queue pause(PauseQueueRequest request, CommandContext context) {
    QueueRow row = tables.queues.get(request.getQueue());
    if (row == null) {
      throw Failure.notFound("queue", request.getQueue());
    }
    if (row.getPaused() == request.getResume()) {
      context.emit(
          QueuePaused.newBuilder()
              .setQueue(request.getQueue())
              .setPaused(!request.getResume())
              .build());
    }
    if (request.getResume()) {
      context.wake(Agenda.topic(request.getQueue()), Integer.MAX_VALUE);
    }
    return reads.queue(request.getQueue(), context.caller().project(), context.logTimeUs());
  }

  DeleteQueueResponse delete(DeleteQueueRequest request, CommandContext context) {
    QueueRow row = tables.queues.get(request.getQueue());
    if (row == null) {
      throw Failure.notFound("queue", request.getQueue());
    }
    context.cancelTimer(Agenda.timer(request.getQueue()));
    context.emit(QueueDeleted.newBuilder().setQueue(request.getQueue()).build());
    return DeleteQueueResponse.getDefaultInstance();
  }
}
