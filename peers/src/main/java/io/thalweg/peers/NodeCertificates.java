package io.thalweg.peers;

import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.TlsProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** What a node proves itself with, and whom it believes, from files. Read when the node starts. */
final class NodeCertificates {
  private NodeCertificates() {}

  /**
   * @throws IllegalArgumentException if a file cannot be read, or is something else: names it
   */
  static TlsProvider of(NodeTls files) {
    TlsKeyPair pair;
    try {
      pair = TlsKeyPair.of(files.key().toFile(), files.certificates().toFile());
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "the certificate %s and the key %s cannot be used: %s"
              .formatted(files.certificates(), files.key(), e.getMessage()),
          e);
    }
    return TlsProvider.builder().keyPair(pair).trustedCertificates(trusted(files)).build();
  }

  private static List<X509Certificate> trusted(NodeTls files) {
    try {
      List<X509Certificate> trusted = new ArrayList<>();
      byte[] bytes = Files.readAllBytes(files.trust());
      CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(bytes))
          .forEach(certificate -> trusted.add((X509Certificate) certificate));
      if (trusted.isEmpty()) {
        throw new IllegalArgumentException(files.trust() + " has no certificate");
      }
      return trusted;
    } catch (IOException | CertificateException e) {
      throw new IllegalArgumentException(
          "the certificates %s cannot be used: %s".formatted(files.trust(), e.getMessage()), e);
    }
  }
}
