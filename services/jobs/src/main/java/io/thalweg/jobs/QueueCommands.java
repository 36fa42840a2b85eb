package io.thalweg.jobs;

import io.thalweg.jobs.v1.DeleteQueueRequest;
import io.thalweg.jobs.v1.DeleteQueueResponse;
import io.thalweg.jobs.v1.PauseQueueRequest;
import io.thalweg.jobs.v1.Queue;
import io.thalweg.jobs.v1.QueueDeleted;
import io.thalweg.jobs.v1.QueuePaused;
import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.QueueSet;
import io.thalweg.jobs.v1.SetQueueRequest;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;

/** Decides on queues: settings, pause, delete. */
final class QueueCommands {
  private final JobTables tables;
  private final Reads reads;

  QueueCommands(JobTables tables, Reads reads) {
    this.tables = tables;
    this.reads = reads;
  }

  Queue set(SetQueueRequest request, CommandContext context) {
    tables.quotas.room(
        context.caller().project(), tables.queues.get(request.getQueue()), /* more= */ 0);
    context.emit(
        QueueSet.newBuilder()
            .setQueue(request.getQueue())
            .setSettings(request.getSettings())
            .build());
    // A limit may be higher than it was.
    context.wake(Agenda.topic(request.getQueue()), Integer.MAX_VALUE);
    return reads.queue(request.getQueue());
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
    return reads.queue(request.getQueue());
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
