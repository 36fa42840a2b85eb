package io.thalweg.cluster;

/** What a node should do with a partition. */
public enum Intention {
  /** Lead it, or try to. */
  LEAD,
  /** Stop leading it, and follow: another node is ready to. */
  RESIGN,
  /** Apply what its leader writes. */
  FOLLOW,
  /** It is none of its business. */
  NOTHING
}
