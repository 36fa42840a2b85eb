package io.thalweg.client;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the server is.
 *
 * @param secure whether it is spoken to by TLS
 * @param caFile certificates that are trusted in place of the JDK's; null: the JDK's
 */
record ServerAddress(String host, int port, boolean secure, @Nullable Path caFile) {
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
  private static final Set<String> THIS_MACHINE =
      Set.of("localhost", "127.0.0.1", "[::1]", "[0:0:0:0:0:0:0:1]");

  static ServerAddress of(String url, @Nullable Path caFile) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw wrong(url);
    }
    boolean secure = "https".equalsIgnoreCase(uri.getScheme());
    String host = uri.getHost();
    boolean bare =
        uri.getUserInfo() == null
            && uri.getQuery() == null
            && uri.getFragment() == null
            && (uri.getPath() == null || uri.getPath().isEmpty() || uri.getPath().equals("/"));
    if ((!secure && !"http".equalsIgnoreCase(uri.getScheme())) || host == null || !bare) {
      throw wrong(url);
    }
    if (caFile != null && !secure) {
      throw new IllegalArgumentException("caFile needs a url that begins with https://");
    }
    int port = uri.getPort() >= 0 ? uri.getPort() : secure ? HTTPS_PORT : HTTP_PORT;
    return new ServerAddress(host, port, secure, caFile);
  }

  private static IllegalArgumentException wrong(String url) {
    return new IllegalArgumentException(
        "url must be http:// or https://, a host and a port, such as https://game.example:8443;"
            + " got '"
            + url
            + "'");
  }

  /** Whether what is sent cannot be read by others on the way. */
  boolean isPrivate() {
    return secure || THIS_MACHINE.contains(host);
  }

  ChannelCredentials credentials() {
    if (!secure) {
      return InsecureChannelCredentials.create();
    }
    if (caFile == null) {
      return TlsChannelCredentials.create();
    }
    try {
      return TlsChannelCredentials.newBuilder().trustManager(caFile.toFile()).build();
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "caFile: the certificates in " + caFile + " cannot be read: " + e.getMessage(), e);
    }
  }
}
