package io.thalweg.blob;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A named reference: a small value that is replaced as a whole. In a store it is, format 1, all
 * numbers big-endian:
 *
 * <pre>
 *   0   4   magic "TWR1"
 *   4   4   CRC32C of bytes 8 to the end
 *   8   4   length of the value in bytes
 *  12  16   version, a UUID
 *  28       the value
 * </pre>
 *
 * @param name 1 to {@value #MAX_NAME} characters: parts of {@code A-Za-z0-9._-} that begin with a
 *     letter or digit, with {@code /} between them Do not name one reference within another, as a/b
 *     and a/b/c: a store that keeps them as files cannot hold both
 * @param version drawn anew at each replacement
 * @param value at most {@value #MAX_VALUE_BYTES} bytes
 */
public record BlobRef(String name, String version, byte[] value) {
  /** The longest name. */
  public static final int MAX_NAME = 200;

  /** The largest value. */
  public static final int MAX_VALUE_BYTES = 64 << 10;

  private static final int MAGIC = 0x54575231; // "TWR1"
  private static final int HEADER_BYTES = 28;

  /** The largest one as it is stored. */
  public static final int MAX_ENCODED_BYTES = HEADER_BYTES + MAX_VALUE_BYTES;

  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*");

  public BlobRef {
    value = value.clone();
  }

  @Override
  public byte[] value() {
    return value.clone();
  }

  /** The value as UTF-8. */
  public String text() {
    return new String(value, StandardCharsets.UTF_8);
  }

  /** What is wrong with a name; null if nothing is. */
  public static @Nullable String problemOfName(String name) {
    if (name.length() <= MAX_NAME && NAME.matcher(name).matches()) {
      return null;
    }
    return "ref name must have 1 to %d characters: parts of A-Za-z0-9._- that begin with a letter or digit, with / between them; got %s"
        .formatted(
            MAX_NAME,
            name.length() > 2 * MAX_NAME ? name.length() + " characters" : "'" + name + "'");
  }

  /** Its bytes in a store. */
  public byte[] encode() {
    UUID id = UUID.fromString(version);
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + value.length);
    out.putInt(MAGIC).putInt(0).putInt(value.length);
    out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits()).put(value);
    return out.putInt(4, crc(out.array())).array();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IllegalArgumentException if it is damaged, or of another format
   */
  public static BlobRef decode(String name, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (bytes.length < HEADER_BYTES || in.getInt(0) != MAGIC) {
      throw new IllegalArgumentException("reference " + name + " is not one of format 1");
    }
    if (in.getInt(8) != bytes.length - HEADER_BYTES || in.getInt(4) != crc(bytes)) {
      throw new IllegalArgumentException(
          "reference " + name + " is damaged: its length or CRC32C is not right");
    }
    return new BlobRef(
        name,
        new UUID(in.getLong(12), in.getLong(20)).toString(),
        Arrays.copyOfRange(bytes, HEADER_BYTES, bytes.length));
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 8, bytes.length - 8);
    return (int) crc.getValue();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BlobRef ref
        && ref.name.equals(name)
        && ref.version.equals(version)
        && Arrays.equals(ref.value, value);
  }

  @Override
  public int hashCode() {
    return version.hashCode();
  }

  @Override
  public String toString() {
    return name + " at " + version + ", " + value.length + " bytes";
  }
}
