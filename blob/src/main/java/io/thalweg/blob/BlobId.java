package io.thalweg.blob;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The name of a blob: the SHA-256 of its bytes.
 *
 * @param hex 64 characters of {@code 0-9a-f}
 */
public record BlobId(String hex) implements Comparable<BlobId> {
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  public BlobId {
    if (!isId(hex)) {
      throw new IllegalArgumentException(
          "id must be a SHA-256 of 64 characters 0-9a-f; got "
              + (hex.length() > 80 ? hex.length() + " characters" : "'" + hex + "'"));
    }
  }

  /** Whether a text is one. */
  public static boolean isId(String text) {
    return HEX.matcher(text).matches();
  }

  /** The name of bytes. */
  public static BlobId of(byte[] bytes) {
    return ofDigest(sha256().digest(bytes));
  }

  /** From the 32 bytes of a SHA-256. */
  public static BlobId ofDigest(byte[] digest) {
    return new BlobId(HexFormat.of().formatHex(digest));
  }

  /** A new digest, as blobs are named by. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  @Override
  public int compareTo(BlobId other) {
    return hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return hex;
  }
}
