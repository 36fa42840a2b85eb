package io.thalweg.keys;

import com.google.protobuf.Timestamp;
import com.google.rpc.Code;
import io.thalweg.runtime.Failure;

/** Bounds beside those that the contract states by field options, and times. */
final class Bounds {
  /** Namespaces of a project in a partition. */
  static final long MAX_NAMESPACES = 1_000;

  /** Rows of the state of a namespace's keys. */
  static final int MAX_RANGES = 1_000_000;

  /** Claimed keys of a namespace that are not of its form. */
  static final long MAX_CUSTOM = 1_000_000;

  /** Leases that are kept one by one. */
  static final int MAX_LEASES = 1_000;

  /** Expired leases that one request forgets when there are that many. */
  static final int MAX_FORGOTTEN = 8;

  /** Ranges that a block begins with. */
  static final int MAX_PIECES = 64;

  /** Ranges that a block may come to by {@code UseKeys}. */
  static final int MAX_LEASE_PIECES = 1_000;

  static final int DEFAULT_PAGE_SIZE = 100;
  static final long DEFAULT_TTL_MS = 600_000;

  private static final long MICROS = 1_000_000;

  private Bounds() {}

  /** RESOURCE_EXHAUSTED: a bound of this service is reached. */
  static Failure exhausted(String what) {
    return Failure.of(Code.RESOURCE_EXHAUSTED, what);
  }

  /** FAILED_PRECONDITION. */
  static Failure refused(String why) {
    return Failure.of(Code.FAILED_PRECONDITION, why);
  }

  /**
   * Checks that a text is of printable ASCII without spaces.
   *
   * @throws Failure INVALID_ARGUMENT naming the field
   */
  static void checkAscii(String field, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c > '~') {
        throw Failure.invalid(
            field, "must be of printable ASCII characters without space; got another at " + i);
      }
    }
  }

  static Timestamp time(long us) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(us, MICROS))
        .setNanos((int) Math.floorMod(us, MICROS) * 1000)
        .build();
  }
}
