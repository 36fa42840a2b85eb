package io.thalweg.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whose certificates clients may come with: those that lead to one of a file. It is looked at for
 * each new connection, and read again when it has changed; what cannot be read is logged, and what
 * was read before stays. Thread-safe.
 */
final class ClientCertificates extends X509ExtendedTrustManager {
  private static final Logger log = LoggerFactory.getLogger(ClientCertificates.class);

  private final Path file;
  private X509ExtendedTrustManager current;
  private @Nullable FileTime seen;

  /**
   * @param file PEM, one certificate or more
   * @throws IllegalArgumentException if it cannot be used, naming it
   */
  ClientCertificates(Path file) {
    this.file = file;
    this.seen = changed(file);
    try {
      current = read(file);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "the certificates of clients in " + file + " cannot be used: " + e.getMessage(), e);
    }
  }

  private synchronized X509ExtendedTrustManager current() {
    FileTime now = changed(file);
    if (now != null && !now.equals(seen)) {
      seen = now;
      try {
        current = read(file);
        log.info("the certificates of clients in {} were read again", file);
      } catch (IOException | GeneralSecurityException e) {
        log.error("{} has changed and cannot be used; what was there before stays", file, e);
      }
    }
    return current;
  }

  private static X509ExtendedTrustManager read(Path file)
      throws IOException, GeneralSecurityException {
    Collection<? extends Certificate> all;
    try (InputStream in = Files.newInputStream(file)) {
      all = CertificateFactory.getInstance("X.509").generateCertificates(in);
    }
    if (all.isEmpty()) {
      throw new CertificateException("it holds no certificate");
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int number = 0;
    for (Certificate each : all) {
      store.setCertificateEntry(Integer.toString(number++), each);
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager usable) {
        return usable;
      }
    }
    throw new CertificateException("this JDK has nothing that checks certificates");
  }

  private static @Nullable FileTime changed(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    current().checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    current().checkClientTrusted(chain, authType, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    current().checkClientTrusted(chain, authType, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw notOfServers();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw notOfServers();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw notOfServers();
  }

  private static CertificateException notOfServers() {
    return new CertificateException("these are the certificates of clients");
  }

  /** None: clients are not told whose certificates are taken, since that may change. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
