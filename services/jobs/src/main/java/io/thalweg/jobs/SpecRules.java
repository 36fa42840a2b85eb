package io.thalweg.jobs;

import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.UniqueScope;
import io.thalweg.runtime.Failure;

/** What a job's fields must be to each other, which their bounds cannot say. */
final class SpecRules {
  private static final long MAX_SECONDS = 200L * 366 * 86_400;

  private SpecRules() {}

  /**
   * Checks a job.
   *
   * @param at its path in the request
   * @throws Failure INVALID_ARGUMENT
   */
  static void check(String at, JobSpec spec) {
    if (spec.hasRunTime() && spec.getDelayMs() > 0) {
      throw Failure.invalid(at + ".delay_ms", "must be absent where there is a run_time");
    }
    if (spec.hasRunTime()
        && (spec.getRunTime().getSeconds() < 0
            || spec.getRunTime().getSeconds() > MAX_SECONDS
            || spec.getRunTime().getNanos() < 0
            || spec.getRunTime().getNanos() > 999_999_999)) {
      throw Failure.invalid(at + ".run_time", "must be a time from 1970 to 2170");
    }
    boolean unique = !spec.getUniqueKey().isEmpty();
    boolean scoped = spec.getUniqueScope() != UniqueScope.UNIQUE_SCOPE_UNSPECIFIED;
    if (unique != scoped || spec.getUniqueScope() == UniqueScope.UNRECOGNIZED) {
      throw Failure.invalid(
          at + ".unique_scope",
          "must be UNTIL_STARTED, UNTIL_OVER or FOR_A_TIME with a unique_key, and absent without");
    }
    boolean timed = spec.getUniqueScope() == UniqueScope.FOR_A_TIME;
    if (timed != (spec.getUniqueMs() > 0)) {
      throw Failure.invalid(
          at + ".unique_ms", "must be from 1 for FOR_A_TIME, and absent otherwise");
    }
    for (int i = 0; i < spec.getAfterBatchesCount(); i++) {
      int bytes = spec.getAfterBatchesBytes(i).size();
      if (bytes < 1 || bytes > 128) {
        throw Failure.invalid(
            at + ".after_batches[" + i + "]", "must have 1 to 128 bytes; got " + bytes);
      }
    }
  }
}
