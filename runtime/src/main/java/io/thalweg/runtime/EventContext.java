package io.thalweg.runtime;

/** Where an event stands. Valid during the call only; the object is reused. */
public interface EventContext {
  /** The event's offset in its partition. */
  long offset();

  /** Log time of its batch, microseconds since 1970. */
  long logTimeUs();

  /** Number of the project; 0 is "default". */
  int project();
}
