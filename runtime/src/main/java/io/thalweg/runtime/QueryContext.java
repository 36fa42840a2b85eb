package io.thalweg.runtime;

/** What a point query may use beside the tables. Valid during the call only. */
public interface QueryContext extends Unsealing {
  /** Log time, microseconds since 1970. */
  long logTimeUs();

  Caller caller();

  /** The offset that the next event of the partition will get: the query has seen all before it. */
  long offset();

  /**
   * How many requests wait that were set aside ({@link CommandContext#setAside}) for a topic in
   * this project and slot. They are no part of the state: none waits after a restart.
   */
  default int waiting(String topic) {
    return 0;
  }
}
