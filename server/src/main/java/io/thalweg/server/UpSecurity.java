package io.thalweg.server;

import io.thalweg.gateway.Security;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may use the node that {@code thalweg up} runs.
 *
 * @param credentials whether callers must prove who they are
 * @param tlsCert PEM file of the certificate chain; null: clear text
 * @param tlsKey PEM file of its key
 * @param tlsClientCa PEM file of those by whom clients' certificates are signed; null: clients need
 *     none
 * @param tlsClientWanted a client without a certificate is let in as well
 * @param jwtIssuer whose signed tokens are taken; null: none
 * @param jwtAudience what such a token must be meant for
 * @param jwtKeys file or URL of the issuer's key set
 * @param limits of each project and address
 * @param corsOrigins whose pages may ask from a browser
 * @throws BadOption naming the option
 */
record UpSecurity(
    boolean credentials,
    @Nullable Path tlsCert,
    @Nullable Path tlsKey,
    @Nullable Path tlsClientCa,
    boolean tlsClientWanted,
    @Nullable String jwtIssuer,
    String jwtAudience,
    @Nullable String jwtKeys,
    Security.Limits limits,
    Set<String> corsOrigins) {

  static final String DEFAULT_AUDIENCE = "thalweg";
  static final UpSecurity DEFAULTS =
      new UpSecurity(
          false,
          null,
          null,
          null,
          false,
          null,
          DEFAULT_AUDIENCE,
          null,
          Security.Limits.NONE,
          Set.of());

  UpSecurity {
    corsOrigins = Set.copyOf(corsOrigins);
    if ((tlsCert == null) != (tlsKey == null)) {
      throw new BadOption("tls-cert and tls-key go together; one of them is missing");
    }
    if (tlsClientCa != null && tlsCert == null) {
      throw new BadOption("tls-client-ca is of no use without tls-cert and tls-key");
    }
    if (tlsClientWanted && tlsClientCa == null) {
      throw new BadOption("tls-client-wanted is of no use without tls-client-ca");
    }
    if ((jwtIssuer == null) != (jwtKeys == null)) {
      throw new BadOption("jwt-issuer and jwt-keys go together; one of them is missing");
    }
    if (jwtIssuer != null && !credentials) {
      throw new BadOption("jwt-issuer is of no use without credentials");
    }
  }

  boolean tls() {
    return tlsCert != null;
  }

  /** Bounds as they stand in options; {@code null} and 0 are none. */
  static Security.Limits limits(int requests, int bytes, int connections, int watchers) {
    try {
      return new Security.Limits(requests, bytes, connections, watchers);
    } catch (IllegalArgumentException e) {
      throw new BadOption("limits: " + e.getMessage(), e);
    }
  }
}
