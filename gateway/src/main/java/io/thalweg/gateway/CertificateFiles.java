package io.thalweg.gateway;

import com.linecorp.armeria.common.TlsKeyPair;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate and the key of a server, read again when their files have changed. What cannot be
 * read (a file that is just being written, a key that does not fit) is logged, and what was read
 * before stays.
 */
final class CertificateFiles implements Supplier<TlsKeyPair> {
  private static final Logger log = LoggerFactory.getLogger(CertificateFiles.class);

  private final Path certificates;
  private final Path key;
  private TlsKeyPair current;
  private Times seen;

  private record Times(@Nullable FileTime certificates, @Nullable FileTime key) {}

  /**
   * @throws IllegalArgumentException if they cannot be read, naming the files
   */
  CertificateFiles(Security.Tls tls) {
    this.certificates = tls.certificates();
    this.key = tls.key();
    this.seen = times();
    try {
      current = read();
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "the certificate "
              + certificates
              + " and the key "
              + key
              + " cannot be used: "
              + e.getMessage(),
          e);
    }
  }

  @Override
  public synchronized TlsKeyPair get() {
    Times now = times();
    if (!now.equals(seen)) {
      seen = now;
      try {
        current = read();
        log.info("the certificate {} was read again", certificates);
      } catch (RuntimeException e) {
        log.error(
            "the certificate {} has changed and cannot be used; the one before stays",
            certificates,
            e);
      }
    }
    return current;
  }

  private TlsKeyPair read() {
    return TlsKeyPair.of(key.toFile(), certificates.toFile());
  }

  private Times times() {
    return new Times(changed(certificates), changed(key));
  }

  private static @Nullable FileTime changed(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (java.io.IOException e) {
      return null;
    }
  }
}
