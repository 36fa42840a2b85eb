package io.thalweg.gateway;

import io.thalweg.runtime.Position;
import org.jspecify.annotations.Nullable;

/**
 * How consistent a read is wanted: the header {@code thalweg-session} makes a point query a session
 * read, which a node that follows may answer.
 */
final class SessionReads {
  /** Of a request: a position from an earlier answer, or 0, which any state will do for. */
  static final String HEADER = "thalweg-session";

  /** Of a reply by a node that follows: so many events its leader is ahead. */
  static final String LAG_HEADER = "thalweg-lag";

  private static final Position ANY = new Position(0, 0, -1);

  private SessionReads() {}

  /**
   * What a request's caller has seen, or null if it wants to see everything.
   *
   * @throws io.thalweg.runtime.Failure INVALID_ARGUMENT naming the header
   */
  static @Nullable Position seen(@Nullable String header) {
    if (header == null) {
      return null;
    }
    return header.equals("0") ? ANY : Position.parse(header, HEADER);
  }
}
