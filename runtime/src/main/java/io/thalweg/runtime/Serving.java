package io.thalweg.runtime;

import io.thalweg.host.Host;

/**
 * What the thread of a partition does while it leads: takes requests from the queue one at a time,
 * closes batches, and waits for whatever comes next. Ends when the leadership does.
 */
final class Serving {
  private final Partition partition;
  private final Host host;
  private final PartitionQueue queue;
  private final WantedView view;
  private final Executor executor;

  Serving(
      Partition partition, Host host, PartitionQueue queue, WantedView view, Executor executor) {
    this.partition = partition;
    this.host = host;
    this.queue = queue;
    this.view = view;
    this.executor = executor;
  }

  void run() {
    // Timers may fill all batches that may be on their way. Requests that found no room then go
    // first the next time.
    boolean shutOut = false;
    while (!partition.appendFailed()) {
      executor.noteDurable(partition.durable());
      boolean ending = partition.isEnding();
      int worked = executor.work(ending, !shutOut);
      int executed = execute();
      boolean idle = queue.isEmpty();
      executor.endTurn(idle);
      queue.admission().turn(executed, !idle, host.nanoTime());
      ViewRequest wanted = view.take();
      if (wanted != null) {
        executor.freeze(wanted);
      }
      shutOut = executed == 0 && !idle && (shutOut || worked > 0);
      if (worked + executed == 0) {
        if (ending && queue.isEmpty() && executor.isSettled()) {
          executor.resign();
          return;
        }
        partition.storedOffset(executor.storedOffset());
        await(ending);
      }
    }
  }

  private int execute() {
    int executed = 0;
    while (executed < Executor.TURN && executor.accepts()) {
      Call call = queue.poll();
      if (call == null) {
        break;
      }
      executor.execute(call);
      executed++;
    }
    return executed;
  }

  private void await(boolean ending) {
    queue.await(
        () ->
            executor.isFlushDue()
                || partition.appendFailed()
                || partition.durable() > executor.notedDurable()
                || view.isAsked()
                || executor.isConfirmationDue()
                || (executor.accepts() && !queue.isEmpty())
                || (executor.hasMail() && !ending)
                || (!ending && partition.isToEnd())
                || (ending && executor.isSettled()),
        ending ? Long.MAX_VALUE : executor.pauseNs());
  }
}
