package io.thalweg.server.load;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * Names a source by what it is: the SHA-256 of its unpacked content and of the options that say
 * what its rows mean. The same rows under another file name, or packed, are the same source;
 * another filter or score makes another one.
 */
final class SourceId {
  private static final int BUFFER_BYTES = 1 << 16;

  private SourceId() {}

  /** 64 hexadecimal digits. Reads the whole file. */
  static String of(SourceFile file, RowMapping mapping) throws IOException {
    MessageDigest digest = sha256();
    add(digest, "thalweg load leaderboard 1");
    add(digest, file.format().name());
    add(digest, mapping.memberColumn());
    add(digest, mapping.scoreColumn() == null ? "score" : "score column");
    add(digest, mapping.scoreColumn() == null ? "" + mapping.fixedScore() : mapping.scoreColumn());
    for (Map.Entry<String, String> condition : new TreeMap<>(mapping.where()).entrySet()) {
      add(digest, condition.getKey());
      add(digest, condition.getValue());
    }
    add(digest, "content");
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = file.open()) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** With its length in front, so that no two lists of texts run into the same bytes. */
  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
