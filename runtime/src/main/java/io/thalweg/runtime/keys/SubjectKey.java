package io.thalweg.runtime.keys;

import com.google.protobuf.ByteString;
import java.util.random.RandomGenerator;

/**
 * A key of a subject.
 *
 * @param secret {@value #SECRET_BYTES} bytes: the key of AES-256
 */
public record SubjectKey(KeyName name, ByteString secret) {
  /** Bytes of a secret. */
  public static final int SECRET_BYTES = 32;

  public SubjectKey {
    if (secret.size() != SECRET_BYTES) {
      throw new IllegalArgumentException(
          "a key has " + SECRET_BYTES + " bytes; got " + secret.size());
    }
  }

  /** Draws a new one. */
  static SubjectKey draw(Subject subject, RandomGenerator random) {
    return new SubjectKey(
        new KeyName(subject.hash(), bytes(random, KeyName.ID_BYTES)), bytes(random, SECRET_BYTES));
  }

  static ByteString bytes(RandomGenerator random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  /** Without the secret: it must not come into a log by a slip. */
  @Override
  public String toString() {
    return "SubjectKey[" + name + "]";
  }
}
