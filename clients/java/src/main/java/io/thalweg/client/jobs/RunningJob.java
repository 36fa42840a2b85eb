package io.thalweg.client.jobs;

import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.jobs.v1.LeasedJob;
import org.jspecify.annotations.Nullable;

/** A job that this worker has a lease of. Thread-safe. */
public final class RunningJob {
  private final LeasedJob leased;
  private volatile String progress = "";
  private volatile boolean lost;
  private volatile @Nullable Thread thread;

  RunningJob(LeasedJob leased) {
    this.leased = leased;
  }

  /** Its number in its queue. */
  public long job() {
    return leased.getJob();
  }

  /**
   * The fencing token of this lease: greater than that of every earlier one. Pass it on to whatever
   * is written, and have what is smaller than the last one seen refused there.
   */
  public long token() {
    return leased.getToken();
  }

  /** Which attempt it is, from 1. */
  public int attempt() {
    return leased.getAttempt();
  }

  /** What is to be done. */
  public JobSpec spec() {
    return leased.getSpec();
  }

  /** All that the server said. */
  public LeasedJob leased() {
    return leased;
  }

  /** Shown with the job from the next heartbeat on; at most 1 KiB. */
  public void progress(String text) {
    progress = text;
  }

  /** Whether the lease is over: another worker may have the job, or it was cancelled. */
  public boolean isLost() {
    return lost;
  }

  String progress() {
    return progress;
  }

  void began(Thread by) {
    thread = by;
  }

  /** The server refused a heartbeat: whoever works on it is told by an interrupt. */
  void lost() {
    lost = true;
    interrupt();
  }

  void interrupt() {
    Thread by = thread;
    if (by != null) {
      by.interrupt();
    }
  }
}
