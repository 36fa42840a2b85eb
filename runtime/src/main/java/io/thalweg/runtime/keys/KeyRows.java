package io.thalweg.runtime.keys;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Keys as bytes, as backups keep them: of each its name and its secret, 64 bytes. */
public final class KeyRows {
  private static final int ROW_BYTES = KeyName.BYTES + SubjectKey.SECRET_BYTES;

  private KeyRows() {}

  /** Writes keys, one after the other. */
  public static byte[] encode(List<SubjectKey> keys) {
    ByteBuffer out = ByteBuffer.allocate(keys.size() * ROW_BYTES);
    for (SubjectKey key : keys) {
      out.put(key.name().toBytes()).put(key.secret().toByteArray());
    }
    return out.array();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static List<SubjectKey> decode(byte[] bytes) {
    if (bytes.length % ROW_BYTES != 0) {
      throw new IllegalArgumentException(
          "keys have %d bytes each; got %d".formatted(ROW_BYTES, bytes.length));
    }
    List<SubjectKey> keys = new ArrayList<>();
    for (ByteBuffer in = ByteBuffer.wrap(bytes); in.hasRemaining(); ) {
      byte[] name = new byte[KeyName.BYTES];
      byte[] secret = new byte[SubjectKey.SECRET_BYTES];
      in.get(name).get(secret);
      keys.add(new SubjectKey(KeyName.of(name), ByteString.copyFrom(secret)));
    }
    return keys;
  }
}
