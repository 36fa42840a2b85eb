package io.thalweg.testkit;

/** What may go wrong in a simulated run. */
public enum Fault {
  /**
   * The process is killed and started again; what was not forced is still there, and a power loss
   * may take it.
   */
  KILL,
  /** The power goes and comes back: what was not forced is kept, lost or torn. */
  POWER_LOSS,
  /** The node is stopped cleanly and started again. */
  RESTART,
  /** One operation on the log's files fails. */
  DISK_ERROR,
  /** The disk is full for a while. */
  DISK_FULL,
  /** The disk answers nothing for up to five seconds. */
  DISK_STALL,
  /** For a while the node's threads wait for a processor, up to two milliseconds each time. */
  BUSY_MACHINE,
  /**
   * A bit of a sealed segment is another one when the node is started, until its file is put back.
   */
  BIT_ROT,
  /** The tables turn out to be damaged. */
  TABLES_DAMAGED,
  /** The wall clock jumps by up to twenty minutes, forward or back. */
  CLOCK_JUMP,
  /** No client reaches the node for a while, and no answer reaches a client. */
  NETWORK_CUT,
  /** For a while requests and answers are dropped, doubled, and late out of their order. */
  NETWORK_CHAOS
}
