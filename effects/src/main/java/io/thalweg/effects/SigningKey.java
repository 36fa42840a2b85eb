package io.thalweg.effects;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A secret that requests are signed with, as Standard Webhooks 1.0.0 has it: {@code whsec_} and the
 * Base64 of 24 to 64 random bytes. It never shows itself in {@link #toString}.
 *
 * <p>Immutable and thread-safe.
 */
public final class SigningKey {
  private static final String PREFIX = "whsec_";
  private static final String ALGORITHM = "HmacSHA256";

  private final byte[] secret;

  private SigningKey(byte[] secret) {
    this.secret = secret;
  }

  /**
   * Reads a secret.
   *
   * @throws IllegalArgumentException if it is not one; the message does not repeat it
   */
  public static SigningKey parse(String text) {
    byte[] secret = null;
    if (text.startsWith(PREFIX)) {
      try {
        secret = Base64.getDecoder().decode(text.substring(PREFIX.length()));
      } catch (IllegalArgumentException e) {
        // Said below, without the text that the exception may repeat.
      }
    }
    if (secret == null || secret.length < 24 || secret.length > 64) {
      throw new IllegalArgumentException(
          "a signing key must be " + PREFIX + " and the Base64 of 24 to 64 bytes");
    }
    return new SigningKey(secret);
  }

  /** The signature of {@code id.timestamp.body}: {@code v1,} and its Base64. */
  String sign(String id, long timestampSeconds, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret, ALGORITHM));
      mac.update((id + "." + timestampSeconds + ".").getBytes(StandardCharsets.UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SigningKey key && Arrays.equals(secret, key.secret);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(secret);
  }

  @Override
  public String toString() {
    return PREFIX + "...";
  }
}
