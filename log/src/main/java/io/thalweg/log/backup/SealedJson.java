package io.thalweg.log.backup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** JSON files whose last field is the SHA-256 of all bytes before it. */
final class SealedJson {
  private static final String BEFORE = ",\n  \"sha256\" : \"";
  private static final String AFTER = "\"\n}\n";
  private static final int TAIL_BYTES = BEFORE.length() + 64 + AFTER.length();

  private SealedJson() {}

  /** The bytes of a file with the fields that are written. */
  static byte[] encode(Json.Writer fields) {
    byte[] json =
        Json.write(out -> {
          out.writeStartObject();
          fields.write(out);
          out.writeEndObject();
        });
    String text = new String(json, StandardCharsets.UTF_8).strip();
    String head = text.substring(0, text.length() - 1).stripTrailing();
    String hash = Sha256.of(head.getBytes(StandardCharsets.UTF_8));
    return (head + BEFORE + hash + AFTER).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads such a file.
   *
   * @throws BackupException if it is damaged; names it
   */
  static Json decode(byte[] bytes, String where) throws IOException {
    if (bytes.length < TAIL_BYTES) {
      throw new BackupException(where + " is damaged: it has only " + bytes.length + " bytes");
    }
    byte[] head = Arrays.copyOf(bytes, bytes.length - TAIL_BYTES);
    byte[] expected = (BEFORE + Sha256.of(head) + AFTER).getBytes(StandardCharsets.UTF_8);
    if (!Arrays.equals(expected, Arrays.copyOfRange(bytes, head.length, bytes.length))) {
      throw new BackupException(
          where + " is damaged: its content does not have the SHA-256 that its last line says");
    }
    return Json.read(bytes, where);
  }
}
