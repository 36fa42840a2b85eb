package io.thalweg.runtime;

/** What a point query may use beside the tables. Valid during the call only. */
public interface QueryContext extends Unsealing {
  /** Log time, microseconds since 1970. */
  long logTimeUs();

  Caller caller();

  /** The offset that the next event of the partition will get: the query has seen all before it. */
  long offset();
}
