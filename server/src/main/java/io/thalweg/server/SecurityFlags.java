package io.thalweg.server;

import io.thalweg.gateway.Security;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code thalweg up} that say who may use the node. */
final class SecurityFlags {
  @Option(
      names = "--credentials",
      description =
          "Callers must prove who they are, by an API key ('thalweg api-keys') or a signed token.")
  boolean credentials;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "Certificate chain, PEM. Read again when it changes.")
  @Nullable Path tlsCert;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "Its key, PEM (PKCS #8).")
  @Nullable Path tlsKey;

  @Option(
      names = "--tls-client-ca",
      paramLabel = "FILE",
      description =
          "Clients need a certificate that leads to one of these, PEM. Read again when it changes.")
  @Nullable Path tlsClientCa;

  @Option(
      names = "--tls-client-wanted",
      description = "With --tls-client-ca: clients without a certificate are let in as well.")
  boolean tlsClientWanted;

  @Option(
      names = "--jwt-issuer",
      paramLabel = "ISS",
      description = "Takes JSON Web Tokens of this issuer.")
  @Nullable String jwtIssuer;

  @Option(
      names = "--jwt-audience",
      paramLabel = "AUD",
      description = "What a token must be meant for. Default: thalweg")
  @Nullable String jwtAudience;

  @Option(
      names = "--jwt-keys",
      paramLabel = "FILE|URL",
      description = "The issuer's key set (JWKS).")
  @Nullable String jwtKeys;

  @Option(
      names = "--limit-requests",
      paramLabel = "N",
      description = "Requests a second of a project, and of an address. Default: no limit")
  @Nullable Integer requests;

  @Option(
      names = "--limit-bytes",
      paramLabel = "N",
      description = "Bytes a second of a project's requests. Default: no limit")
  @Nullable Integer bytes;

  @Option(
      names = "--limit-connections",
      paramLabel = "N",
      description = "Connections of an address. Default: no limit")
  @Nullable Integer connections;

  @Option(
      names = "--limit-watchers",
      paramLabel = "N",
      description = "Watchers of a project. Default: no limit")
  @Nullable Integer watchers;

  @Option(
      names = "--cors-origins",
      paramLabel = "ORIGIN",
      split = ",",
      description = "Origins whose pages may ask from a browser, such as https://app.example.")
  @Nullable List<String> corsOrigins;

  /** These options before those of a file. */
  UpSecurity over(UpSecurity file) {
    Security.Limits limits = file.limits();
    return new UpSecurity(
        credentials || file.credentials(),
        tlsCert == null ? file.tlsCert() : tlsCert,
        tlsKey == null ? file.tlsKey() : tlsKey,
        tlsClientCa == null ? file.tlsClientCa() : tlsClientCa,
        tlsClientWanted || file.tlsClientWanted(),
        jwtIssuer == null ? file.jwtIssuer() : jwtIssuer,
        jwtAudience == null ? file.jwtAudience() : jwtAudience,
        jwtKeys == null ? file.jwtKeys() : jwtKeys,
        UpSecurity.limits(
            requests == null ? limits.requestsPerSecond() : requests,
            bytes == null ? limits.bytesPerSecond() : bytes,
            connections == null ? limits.connectionsPerAddress() : connections,
            watchers == null ? limits.watchersPerProject() : watchers),
        corsOrigins == null ? file.corsOrigins() : Set.copyOf(corsOrigins));
  }
}
