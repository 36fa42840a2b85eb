package io.thalweg.jobs;

import io.thalweg.jobs.v1.QueueRow;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.ProjectTotals;
import io.thalweg.runtime.Quotas;
import io.thalweg.state.RowListener;
import org.jspecify.annotations.Nullable;

/** How many queues, and jobs in all of them, a project may have in a partition. */
final class ProjectQuotas implements RowListener<String, QueueRow> {
  static final String QUEUES = "jobs.queues";
  static final String JOBS = "jobs.jobs";
  static final long DEFAULT_QUEUES = 10_000;
  static final long DEFAULT_JOBS = 100_000_000;

  private final ProjectTotals<String, QueueRow> queues;
  private final ProjectTotals<String, QueueRow> jobs;

  ProjectQuotas(Quotas quotas) {
    queues = new ProjectTotals<>(QUEUES, quotas.of(QUEUES, DEFAULT_QUEUES), row -> 1);
    jobs = new ProjectTotals<>(JOBS, quotas.of(JOBS, DEFAULT_JOBS), ProjectQuotas::jobs);
  }

  @Override
  public void changed(
      int project, String queue, @Nullable QueueRow before, @Nullable QueueRow after) {
    queues.changed(project, queue, before, after);
    jobs.changed(project, queue, before, after);
  }

  /** The jobs of a queue, those kept included. */
  static long jobs(QueueRow row) {
    return row.getScheduled()
        + row.getBlocked()
        + row.getReady()
        + row.getRunning()
        + row.getDone()
        + row.getDead();
  }

  /**
   * Whether jobs may be added to a queue, which may not be there yet.
   *
   * @throws Failure RESOURCE_EXHAUSTED naming the quota
   */
  void room(int project, @Nullable QueueRow queue, int more) {
    if (queue == null) {
      queues.room(project, 1);
    }
    jobs.room(project, more);
  }
}
