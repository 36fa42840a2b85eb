package io.thalweg.cluster;

/** What a node does with a partition. The order is part of the format of heartbeats. */
public enum Role {
  /** Makes its tables; takes no requests and does not follow yet. */
  LOADING,
  /** Applies what the leader writes. */
  FOLLOWING,
  /** Writes. */
  LEADING,
  /** Has stopped, and needs an operator. */
  STOPPED
}
