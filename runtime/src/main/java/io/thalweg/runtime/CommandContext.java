package io.thalweg.runtime;

import com.google.protobuf.Message;
import java.util.random.RandomGenerator;

/** What a command may use beside the tables. Valid during the call only. */
public interface CommandContext {
  /** Log time of the batch, microseconds since 1970; never goes back. */
  long logTimeUs();

  /** A secure source of randomness: decisions are never replayed. */
  RandomGenerator random();

  /** Who asks. */
  Caller caller();

  /** The offset that the next event gets. */
  long nextOffset();

  /**
   * Emits an event: it is applied to the tables at once, so that what follows sees it, and becomes
   * durable with the others of this command or not at all.
   *
   * @throws Failure INVALID_ARGUMENT if the event is larger than 1 MiB
   */
  void emit(Message event);
}
