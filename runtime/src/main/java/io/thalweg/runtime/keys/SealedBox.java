package io.thalweg.runtime.keys;

import com.google.protobuf.ByteString;
import io.thalweg.contract.Sealed;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.random.RandomGenerator;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals values: AES-256-GCM of the JDK with a random nonce of 96 bits. What is authenticated beside
 * the value is its subject (service, project, name) and the id of the key, so that a sealed value
 * cannot pass for another subject's.
 *
 * <p><b>Bound.</b> With random nonces one key must not seal more than 2^32 values (NIST SP 800-38D,
 * 8.3). A key is of one subject; nothing counts.
 */
final class SealedBox {
  static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final String CIPHER = "AES/GCM/NoPadding";
  private static final byte[] PURPOSE = "thalweg.Sealed/1".getBytes(StandardCharsets.US_ASCII);

  private SealedBox() {}

  static Sealed seal(
      Subject subject, SubjectKey key, ByteString plaintext, RandomGenerator random) {
    ByteString nonce = SubjectKey.bytes(random, NONCE_BYTES);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, subject, key, nonce);
      return Sealed.newBuilder()
          .setSubject(subject.name())
          .setKeyId(key.name().id())
          .setNonce(nonce)
          .setCiphertext(ByteString.copyFrom(cipher.doFinal(plaintext.toByteArray())))
          .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK cannot encrypt with " + CIPHER, e);
    }
  }

  /**
   * Opens a value.
   *
   * @throws IllegalArgumentException if it was not sealed with this key for this subject, or was
   *     changed
   */
  static ByteString open(Subject subject, SubjectKey key, Sealed sealed) {
    if (sealed.getNonce().size() != NONCE_BYTES) {
      throw new IllegalArgumentException(
          "the nonce of a sealed value has %d bytes; got %d"
              .formatted(NONCE_BYTES, sealed.getNonce().size()));
    }
    try {
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, subject, key, sealed.getNonce());
      return ByteString.copyFrom(cipher.doFinal(sealed.getCiphertext().toByteArray()));
    } catch (AEADBadTagException e) {
      throw new IllegalArgumentException(
          "a sealed value was changed, or is not of the subject that it names", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("a sealed value cannot be read: " + e.getMessage(), e);
    }
  }

  private static Cipher cipher(int mode, Subject subject, SubjectKey key, ByteString nonce)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(CIPHER);
    cipher.init(
        mode,
        new SecretKeySpec(key.secret().toByteArray(), "AES"),
        new GCMParameterSpec(TAG_BITS, nonce.toByteArray()));
    cipher.updateAAD(PURPOSE);
    cipher.updateAAD(key.name().id().toByteArray());
    cipher.updateAAD(subject.bytes());
    return cipher;
  }
}
