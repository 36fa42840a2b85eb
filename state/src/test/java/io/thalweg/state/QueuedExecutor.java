package io.thalweg.state;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/** Runs tasks when it is told to: a flush thread whose pace a test decides. */
final class QueuedExecutor implements Executor {
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private boolean direct;

  @Override
  public void execute(Runnable task) {
    if (direct) {
      task.run();
    } else {
      tasks.add(task);
    }
  }

  int waiting() {
    return tasks.size();
  }

  void runOne() {
    Runnable task = tasks.poll();
    if (task != null) {
      task.run();
    }
  }

  void runAll() {
    while (!tasks.isEmpty()) {
      runOne();
    }
  }

  /** Runs all that waits, and from now on runs tasks at once until told otherwise. */
  void direct(boolean now) {
    direct = now;
    runAll();
  }
}
