package io.thalweg.gateway;

import com.linecorp.armeria.common.TlsKeyPair;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** TLS on the ports of services' own protocols, with the certificate as it is now. Thread-safe. */
final class SocketTls {
  private final CertificateFiles files;
  private final long handshakeMs;
  private final @Nullable ClientCertificates clients;
  private final boolean clientsRequired;
  private @Nullable TlsKeyPair pair;
  private @Nullable SslContext context;

  /**
   * TLS with a certificate.
   *
   * @param handshakeMs a handshake that takes longer is given up
   * @throws IllegalArgumentException if the certificate cannot be read
   */
  SocketTls(Security.Tls tls, long handshakeMs) {
    this.handshakeMs = handshakeMs;
    this.files = new CertificateFiles(tls);
    Path known = tls.clients();
    this.clients = known == null ? null : new ClientCertificates(known);
    this.clientsRequired = tls.clientsRequired();
  }

  /** For a new connection. */
  SslHandler handler(ByteBufAllocator allocator) throws SSLException {
    SslHandler handler = context().newHandler(allocator);
    handler.setHandshakeTimeoutMillis(handshakeMs);
    return handler;
  }

  /** Puts TLS in front of a connection that was read and written in clear text so far. */
  void begin(Channel channel) {
    try {
      channel.pipeline().addFirst(handler(channel.alloc()));
    } catch (SSLException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized SslContext context() throws SSLException {
    TlsKeyPair now = files.get();
    SslContext known = context;
    if (known == null || !now.equals(pair)) {
      SslContextBuilder builder =
          SslContextBuilder.forServer(now.privateKey(), now.certificateChain())
              .protocols("TLSv1.3", "TLSv1.2");
      if (clients != null) {
        builder
            .trustManager(clients)
            .clientAuth(clientsRequired ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
      }
      known = builder.build();
      context = known;
      pair = now;
    }
    return known;
  }
}
