package io.thalweg.state;

import java.util.function.Consumer;

/**
 * The first parts of a key, encoded: for scans and range deletes over all keys that begin so.
 *
 * @param bytes the encoded parts
 */
public record KeyPrefix(byte[] bytes) {
  /** Encodes the parts that {@code parts} writes. */
  public static KeyPrefix of(Consumer<KeyWriter> parts) {
    KeyWriter out = new KeyWriter();
    parts.accept(out);
    return new KeyPrefix(out.toBytes());
  }
}
