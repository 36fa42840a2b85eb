package io.thalweg.log;

import java.nio.ByteBuffer;

/**
 * One event of a {@link Batch}, seen in place. The object is reused: it is valid until its iterator
 * moves on.
 */
public interface EventView {
  long offset();

  /**
   * See {@link BatchFormat}: below {@link BatchFormat#FIRST_SYSTEM_TYPE} (unsigned) a service's.
   */
  int type();

  int project();

  /** 0..65535. */
  int slot();

  /** Whether this is the last event of the command that emitted it. */
  boolean endsCommand();

  EventMeta meta();

  /** The payload, read-only, from position to limit. */
  ByteBuffer payload();
}
