package io.thalweg.runtime;

/** The life of a partition on a node. */
public enum PartitionPhase {
  /** Reading rows and replaying the log. */
  LOADING,
  /** Applies what another node's leader writes; takes no requests. */
  FOLLOWING,
  /** Other nodes have it: it is neither led nor followed here. */
  AWAY,
  /** Takes requests. */
  ACTIVE,
  /** An append failed: closed until the log is opened again. */
  FAILED,
  /** Stopped on purpose: an event that cannot be applied; needs an operator. */
  STOPPED,
  /** Closed with its node. */
  CLOSED;

  /** Whether all is as it should be: it takes requests, or another node does. */
  boolean isGood() {
    return this == ACTIVE || this == FOLLOWING || this == AWAY;
  }

  /** Whether this phase may follow {@code from}. */
  public boolean canFollow(PartitionPhase from) {
    return switch (this) {
      case LOADING -> from == FAILED || from == FOLLOWING || from == ACTIVE || from == AWAY;
      case FOLLOWING -> from == LOADING;
      case AWAY -> from == LOADING || from == FAILED || from == FOLLOWING || from == ACTIVE;
      case ACTIVE -> from == LOADING || from == FOLLOWING;
      case FAILED -> from == LOADING || from == FOLLOWING || from == ACTIVE;
      case STOPPED -> from == LOADING || from == FOLLOWING;
      case CLOSED -> from != CLOSED;
    };
  }
}
