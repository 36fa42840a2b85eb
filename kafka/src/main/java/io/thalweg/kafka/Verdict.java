package io.thalweg.kafka;

/** What a record is to those who read it in order. */
enum Verdict {
  /** Events, or none, of the current leader: it continues the chain. */
  BATCH,
  /** Begins a new epoch. */
  BARRIER,
  /** A barrier that replaces an epoch which is no longer current: its sender was too late. */
  LATE_BARRIER,
  /** A batch of an epoch that is not current: its leader was deposed. */
  DEPOSED,
  /** A batch of the current epoch that does not continue the chain: there twice, or after a gap. */
  BROKEN,
  /** No batch, or one of another partition: somebody else has written to the topic. */
  FOREIGN;

  boolean isValid() {
    return this == BATCH || this == BARRIER;
  }
}
