package io.thalweg.locks.keyspaces;

import com.google.protobuf.ByteString;

/**
 * Keys as a request of etcd names them: one, those from a key to before another, or those from a
 * key on, which an end of one zero byte says.
 */
record KeyRange(ByteString key, ByteString end) {
  private static final ByteString OPEN = ByteString.copyFrom(new byte[1]);

  boolean isSingle() {
    return end.isEmpty();
  }

  boolean isOpen() {
    return end.equals(OPEN);
  }

  /** Whether a key lies in it. An empty key and no end are all keys. */
  boolean contains(ByteString other) {
    if (isSingle()) {
      return key.isEmpty() || key.equals(other);
    }
    return compare(other, key) >= 0 && (isOpen() || compare(other, end) < 0);
  }

  static int compare(ByteString a, ByteString b) {
    return ByteString.unsignedLexicographicalComparator().compare(a, b);
  }
}
