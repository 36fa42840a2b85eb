package io.thalweg.runtime;

import io.thalweg.log.PartitionId;

/**
 * Who should lead a partition, as far as this node knows. It is advice: what makes a leader is a
 * barrier in the log, so that two nodes that both think they should lead do no harm.
 *
 * <p>Thread-safe, and quick: it is asked often.
 */
public interface Leadership {
  /** This node leads everything: there is no other. */
  Leadership ALWAYS =
      new Leadership() {
        @Override
        public boolean leads(PartitionId id) {
          return true;
        }

        @Override
        public Registration onChange(Runnable listener) {
          return () -> {};
        }
      };

  /** Whether this node should lead a partition now. */
  boolean leads(PartitionId id);

  /**
   * Whether this node should have a partition at all: apply what its leader writes, if it does not
   * lead itself. One that it should neither lead nor follow costs nothing here.
   */
  default boolean follows(PartitionId id) {
    return true;
  }

  /**
   * The contract level that leaders may write events of a service at: the highest that every live
   * node reads.
   *
   * @param service its name in the log
   * @param reads the level that this node reads
   */
  default int level(String service, int reads) {
    return reads;
  }

  /**
   * Runs {@code listener} whenever an answer of {@link #leads} or {@link #follows} may have
   * changed; it must not block.
   *
   * @return ends the registration when closed
   */
  Registration onChange(Runnable listener);

  /** A registered listener. */
  interface Registration extends AutoCloseable {
    @Override
    void close();
  }
}
