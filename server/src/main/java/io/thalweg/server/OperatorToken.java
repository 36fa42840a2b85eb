package io.thalweg.server;

import io.thalweg.edge.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The way in for whoever runs the node: a token in a file of the data directory, new at each start.
 * Who can read the directory can read the data anyway. By it the first API keys are made.
 */
final class OperatorToken implements AutoCloseable {
  static final String FILE = "operator.token";

  private static final String PREFIX = "op_";
  private static final int BYTES = 32;

  private final Path file;
  private final byte[] text;

  private OperatorToken(Path file, byte[] text) {
    this.file = file;
    this.text = text;
  }

  /** Draws one and writes it, readable by the owner only. */
  static OperatorToken write(Path data) throws IOException {
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    byte[] text = (PREFIX + HexFormat.of().formatHex(random)).getBytes(StandardCharsets.US_ASCII);
    Path file = data.resolve(FILE);
    Path written = data.resolve(FILE + ".new");
    Files.deleteIfExists(written);
    if (Files.getFileStore(data).supportsFileAttributeView("posix")) {
      Files.createFile(
          written,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    Files.write(written, text);
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    return new OperatorToken(file, text);
  }

  static boolean looksLike(Credentials.Token token) {
    return token.text().startsWith(PREFIX);
  }

  boolean is(Credentials.Token token) {
    return MessageDigest.isEqual(text, token.text().getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // It is of no use to anybody any more.
    }
  }
}
