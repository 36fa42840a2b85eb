package io.thalweg.runtime.keys;

import com.google.protobuf.ByteString;

/**
 * Which key it is. Says nothing of the key itself.
 *
 * @param subject {@link Subject#hash} of its subject
 * @param id {@value #ID_BYTES} random bytes, never used again
 */
public record KeyName(ByteString subject, ByteString id) {
  /** Bytes of an id. */
  public static final int ID_BYTES = 16;

  /** Bytes of both parts. */
  public static final int BYTES = Subject.HASH_BYTES + ID_BYTES;

  /** Both parts. */
  public byte[] toBytes() {
    return subject.concat(id).toByteArray();
  }

  /**
   * Reads {@link #toBytes}.
   *
   * @throws IllegalArgumentException if it has another length
   */
  public static KeyName of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException(
          "the name of a key has " + BYTES + " bytes; got " + bytes.length);
    }
    return new KeyName(
        ByteString.copyFrom(bytes, 0, Subject.HASH_BYTES),
        ByteString.copyFrom(bytes, Subject.HASH_BYTES, ID_BYTES));
  }
}
