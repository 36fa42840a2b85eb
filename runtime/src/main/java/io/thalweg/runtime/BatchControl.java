package io.thalweg.runtime;

/** What those who write into a partition's log beside requests need of its executor. */
interface BatchControl {
  /** Whether there is room for another command before something has become durable. */
  boolean accepts();

  /** Makes sure that what is decided next gets a log time of at least {@code logTimeUs}. */
  void notBefore(long logTimeUs);

  /** After each command: closes the open batch if it is full. */
  void closeIfFull();
}
