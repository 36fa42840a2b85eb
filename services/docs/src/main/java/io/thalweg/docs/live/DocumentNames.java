package io.thalweg.docs.live;

import io.thalweg.runtime.Failure;
import java.nio.charset.StandardCharsets;

/** Names of documents, as clients give them. */
final class DocumentNames {
  private DocumentNames() {}

  /**
   * The name.
   *
   * @throws Failure INVALID_ARGUMENT if it is empty or too long
   */
  static String check(String name) {
    int size = name.getBytes(StandardCharsets.UTF_8).length;
    if (size < 1 || size > LiveBounds.MAX_NAME_BYTES) {
      throw Failure.invalid(
          "document", "must have 1 to %d bytes; got %d".formatted(LiveBounds.MAX_NAME_BYTES, size));
    }
    return name;
  }
}
