package io.thalweg.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a caller sends to prove that it holds a key: {@code tw_KEY_PROJECT_SECRET}. Name of the key
 * and number of its project are in it so that it can be looked up; the secret is 32 random bytes as
 * hexadecimal digits, far too many to be guessed, so one round of SHA-256 with a salt keeps them.
 *
 * @param project number of the project
 * @param key name of the key
 * @param text the whole
 */
public record ApiKeySecret(int project, String key, String text) {
  private static final Pattern FORM =
      Pattern.compile("tw_([a-z][a-z0-9-]{0,39})_([0-9]{1,9})_[0-9a-f]{64}");
  private static final int SECRET_BYTES = 32;

  static final int SALT_BYTES = 16;

  /** The parts of such a text, or null if it is none. */
  public static @Nullable ApiKeySecret parse(String text) {
    Matcher matcher = FORM.matcher(text);
    return matcher.matches()
        ? new ApiKeySecret(Integer.parseInt(matcher.group(2)), matcher.group(1), text)
        : null;
  }

  /** A new secret. */
  static ApiKeySecret draw(int project, String key, RandomGenerator random) {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return new ApiKeySecret(
        project, key, "tw_" + key + "_" + project + "_" + HexFormat.of().formatHex(secret));
  }

  /** What is kept of it. */
  static byte[] hash(byte[] salt, String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(salt);
      return digest.digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "key " + key + " of project " + project;
  }
}
