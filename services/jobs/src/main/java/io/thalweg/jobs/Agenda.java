package io.thalweg.jobs;

import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.jobs.v1.TickRequest;
import io.thalweg.jobs.v1.TickSet;
import io.thalweg.runtime.CommandContext;

/**
 * Sees to it that a queue looks at its agenda in time, and that workers who wait hear of work. A
 * queue has one timer, for the first of what is due; its jobs have none.
 */
final class Agenda {
  private static final String TOPIC = "jobs/";

  private final JobTables tables;
  private final Shelf shelf;

  Agenda(JobTables tables, Shelf shelf) {
    this.tables = tables;
    this.shelf = shelf;
  }

  /** What workers of a queue wait for. */
  static String topic(String queue) {
    return TOPIC + queue;
  }

  static String timer(String queue) {
    return "tick/" + queue;
  }

  /** Before the events of a command. */
  void begin() {
    shelf.watch();
  }

  /** After them. */
  void end(String queue, CommandContext context) {
    QueueRow row = tables.queues.get(queue);
    if (row == null) {
      return;
    }
    long lowUs = shelf.lowestDueUs();
    if (lowUs < Long.MAX_VALUE && (row.getTickUs() == 0 || lowUs < row.getTickUs())) {
      set(queue, lowUs, 0, context);
    }
    wake(queue, row, context);
  }

  void wake(String queue, QueueRow row, CommandContext context) {
    if (shelf.leasable() > 0 && !row.getPaused()) {
      context.wake(topic(queue), shelf.leasable());
    }
  }

  /**
   * Sets the timer.
   *
   * @param timeUs 0: there is nothing to wait for
   * @param sweptUs nothing is due before; 0: as it was
   */
  static void set(String queue, long timeUs, long sweptUs, CommandContext context) {
    if (timeUs > 0) {
      context.schedule(timer(queue), timeUs, TickRequest.newBuilder().setQueue(queue).build());
    }
    context.emit(
        TickSet.newBuilder().setQueue(queue).setTimeUs(timeUs).setSweptUs(sweptUs).build());
  }
}
