package io.thalweg.server.load;

import io.thalweg.server.CommandFailed;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * What commands present to a node, from the environment: {@code THALWEG_API_KEY} is an API key or a
 * token, and {@code THALWEG_CA_FILE} a PEM file of certificates that are trusted beside the usual
 * ones. Secrets are no options, since a machine shows the command lines of its processes to all.
 */
public final class Presented {
  static final String KEY = "THALWEG_API_KEY";
  static final String CA_FILE = "THALWEG_CA_FILE";

  private Presented() {}

  /** The key, if there is one. */
  public static @Nullable String key() {
    String key = value(KEY);
    return key == null ? null : key.strip();
  }

  /** The file of certificates, if there is one. */
  public static @Nullable String caFile() {
    return value(CA_FILE);
  }

  /** Adds the key to a request, if there is one. */
  static HttpRequest.Builder to(HttpRequest.Builder request) {
    String key = key();
    return key == null ? request : request.setHeader("authorization", "Bearer " + key);
  }

  /** Makes a client trust the file's certificates, if there is one. */
  static HttpClient.Builder trust(HttpClient.Builder client) {
    String file = value(CA_FILE);
    return file == null ? client : client.sslContext(trusting(Path.of(file)));
  }

  private static SSLContext trusting(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca" + number++, certificate);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new CommandFailed(CA_FILE + ": " + file + " cannot be used: " + e.getMessage(), e);
    }
  }

  // A test has no environment of its own.
  private static @Nullable String value(String name) {
    String value = System.getProperty(name, System.getenv(name));
    return value == null || value.isBlank() ? null : value;
  }
}
