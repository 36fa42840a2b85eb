package io.thalweg.runtime;

/** The life of a partition on a node. */
public enum PartitionPhase {
  /** Reading rows and replaying the log. */
  LOADING,
  /** Takes requests. */
  ACTIVE,
  /** An append failed: closed until the log is opened again. */
  FAILED,
  /** Stopped on purpose: an event that cannot be applied; needs an operator. */
  STOPPED,
  /** Closed with its node. */
  CLOSED;

  /** Whether this phase may follow {@code from}. */
  public boolean canFollow(PartitionPhase from) {
    return switch (this) {
      case LOADING -> from == FAILED;
      case ACTIVE -> from == LOADING;
      case FAILED -> from == LOADING || from == ACTIVE;
      case STOPPED -> from == LOADING;
      case CLOSED -> from != CLOSED;
    };
  }
}
