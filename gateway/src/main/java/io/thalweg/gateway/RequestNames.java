package io.thalweg.gateway;

import io.thalweg.runtime.Failure;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The client's own name for a request: the header {@code Idempotency-Key}. */
final class RequestNames {
  static final String HEADER = "idempotency-key";

  private static final int MAX_BYTES = 128;

  private RequestNames() {}

  /**
   * @param header the header's value, or null
   * @throws Failure INVALID_ARGUMENT naming the header
   */
  static @Nullable String check(@Nullable String header) {
    if (header == null) {
      return null;
    }
    int length = header.getBytes(StandardCharsets.UTF_8).length;
    if (length < 1 || length > MAX_BYTES) {
      throw Failure.invalid(
          "Idempotency-Key", "must have 1 to " + MAX_BYTES + " bytes; got " + length);
    }
    return header;
  }
}
