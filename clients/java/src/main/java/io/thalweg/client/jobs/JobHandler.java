package io.thalweg.client.jobs;

import com.google.protobuf.ByteString;

/**
 * Does the work of a job, on a virtual thread of its own. What it throws fails the attempt: the job
 * is tried again after a pause, or is dead after its last attempt. It can run more than once (a
 * worker that is killed has no time to report), so what it writes elsewhere carries the {@link
 * RunningJob#token}.
 */
@FunctionalInterface
public interface JobHandler {
  /**
   * Runs the job.
   *
   * @return the result, kept with the job if it is kept; at most 256 KiB
   * @throws InterruptedException if the lease is lost, or the worker does not wait any longer
   */
  ByteString run(RunningJob job) throws Exception;
}
