package io.thalweg.locks;

import com.google.rpc.Code;
import io.thalweg.locks.v1.SpaceLimits;
import io.thalweg.runtime.Failure;

/** How much there may be of everything. */
final class Bounds {
  /** Claims of a session, held and waiting: all of them end in one command. */
  static final int CLAIMS_OF_SESSION = 128;

  /** Barriers that a session waits at. */
  static final int ARRIVALS_OF_SESSION = 128;

  /** Those who wait for one lock. */
  static final int WAITERS_OF_LOCK = 10_000;

  /** Claims that one release grants; a message goes on with the others. */
  static final int GRANTS_OF_RELEASE = 256;

  /** As {@link #GRANTS_OF_RELEASE}, for each lock that a session's end sets free. */
  static final int GRANTS_OF_SESSION_END = 16;

  /** Owners that a search for a deadlock looks at. */
  static final int SEARCHED_OWNERS = 2_000;

  static final int DEFAULT_PAGE = 100;

  private static final int SESSIONS = 10_000;
  private static final int CLAIMS = 100_000;
  private static final int REGISTERS = 100_000;
  private static final int BARRIERS = 1_000;
  private static final long RETRY_MS = 1_000;

  private Bounds() {}

  /** With what holds where nothing was set. */
  static SpaceLimits limits(SpaceLimits set) {
    return SpaceLimits.newBuilder()
        .setSessions(or(set.getSessions(), SESSIONS))
        .setClaims(or(set.getClaims(), CLAIMS))
        .setRegisters(or(set.getRegisters(), REGISTERS))
        .setBarriers(or(set.getBarriers(), BARRIERS))
        .build();
  }

  /**
   * Whether one more is allowed.
   *
   * @throws Failure RESOURCE_EXHAUSTED naming the bound
   */
  static void room(String where, String what, int present, int most) {
    if (present >= most) {
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "%s has %d %s, the most that it may".formatted(where, present, what),
          RETRY_MS);
    }
  }

  static int page(int asked) {
    return or(asked, DEFAULT_PAGE);
  }

  private static int or(int value, int otherwise) {
    return value == 0 ? otherwise : value;
  }
}
