package io.thalweg.gateway;

import io.thalweg.runtime.Failure;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** The client's own name for a request: the header {@code Idempotency-Key}. */
final class RequestNames {
  static final String HEADER = "idempotency-key";

  /** The header as documents spell it. */
  private static final String TITLE = "Idempotency-Key";

  private static final int MAX_BYTES = 128;

  private RequestNames() {}

  /**
   * The name that a request's headers give, or null if they give none.
   *
   * @param values of the header, each time that it was sent; null or empty if it was not
   * @throws Failure INVALID_ARGUMENT naming the header
   */
  static @Nullable String of(@Nullable Iterable<String> values) {
    if (values == null || !values.iterator().hasNext()) {
      return null;
    }
    Iterator<String> all = values.iterator();
    String name = all.next();
    if (all.hasNext()) {
      // Whichever was taken, the client may rely on the other.
      throw Failure.invalid(TITLE, "must be given once; it was sent more than once");
    }
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    if (length < 1 || length > MAX_BYTES) {
      throw Failure.invalid(TITLE, "must have 1 to " + MAX_BYTES + " bytes; got " + length);
    }
    return name;
  }
}
