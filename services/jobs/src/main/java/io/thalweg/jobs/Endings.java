package io.thalweg.jobs;

import io.thalweg.jobs.v1.JobState;
import io.thalweg.jobs.v1.JobsEnded;
import io.thalweg.jobs.v1.QueueSettings;
import io.thalweg.jobs.v1.RetryPolicy;
import io.thalweg.jobs.v1.RunRow;
import io.thalweg.jobs.v1.SpecRow;
import io.thalweg.runtime.CommandContext;

/** How a lease ends: what becomes of a job that is done, failed or lost. */
final class Endings {
  private static final int DEFAULT_ATTEMPTS = 20;
  private static final long DEFAULT_FIRST_DELAY_MS = 1_000;
  private static final long DEFAULT_MAX_DELAY_MS = 3_600_000;
  private static final long DEFAULT_DEAD_KEEP_MS = 30 * 86_400_000L;
  private static final int MAX_DOUBLINGS = 40;

  private Endings() {}

  /** A job is done; kept if it or its queue says so. */
  static JobsEnded.End.Builder done(
      long job, SpecRow spec, QueueSettings settings, CommandContext context) {
    long keepMs =
        spec.getSpec().getKeepMs() > 0 ? spec.getSpec().getKeepMs() : settings.getKeepMs();
    return JobsEnded.End.newBuilder()
        .setJob(job)
        .setState(JobState.DONE)
        .setTimeUs(keepMs == 0 ? 0 : context.logTimeUs() + 1_000 * keepMs);
  }

  /**
   * An attempt failed: it is tried again, or dead.
   *
   * @param retryAfterMs the pause; 0: that of the policy
   */
  static JobsEnded.End.Builder failed(
      long job,
      SpecRow spec,
      RunRow run,
      QueueSettings settings,
      String error,
      boolean forGood,
      long retryAfterMs,
      CommandContext context) {
    RetryPolicy own = spec.getSpec().getRetry();
    RetryPolicy queues = settings.getRetry();
    long attempts = first(own.getMaxAttempts(), queues.getMaxAttempts(), DEFAULT_ATTEMPTS);
    JobsEnded.End.Builder end = JobsEnded.End.newBuilder().setJob(job).setError(error);
    if (forGood || run.getAttempts() >= attempts) {
      long keepMs = first(settings.getDeadKeepMs(), 0, DEFAULT_DEAD_KEEP_MS);
      return end.setState(JobState.DEAD).setTimeUs(context.logTimeUs() + 1_000 * keepMs);
    }
    long pauseMs = retryAfterMs;
    if (pauseMs == 0) {
      long firstMs = first(own.getFirstDelayMs(), queues.getFirstDelayMs(), DEFAULT_FIRST_DELAY_MS);
      long mostMs = first(own.getMaxDelayMs(), queues.getMaxDelayMs(), DEFAULT_MAX_DELAY_MS);
      int doublings = Math.min(MAX_DOUBLINGS, Math.max(0, run.getAttempts() - 1));
      pauseMs = firstMs > mostMs >> doublings ? mostMs : firstMs << doublings;
      pauseMs += context.random().nextLong(1 + pauseMs / 5);
    }
    return end.setState(JobState.SCHEDULED).setTimeUs(context.logTimeUs() + 1_000 * pauseMs);
  }

  private static long first(long own, long queues, long otherwise) {
    return own > 0 ? own : queues > 0 ? queues : otherwise;
  }
}
