package io.thalweg.gateway;

import io.thalweg.edge.AuditListener;
import io.thalweg.edge.Identities;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may use a gateway, and how much of it.
 *
 * @param identities tells whose credentials are presented; null: credentials are not looked at
 * @param credentialsRequired whether who presents none may do nothing; without it such a client may
 *     do everything, which is meant for loopback addresses
 * @param tls certificate and key; null: clear text
 * @param limits for each project and each address
 * @param corsOrigins origins ({@code https://app.example}) whose pages may use this gateway from a
 *     browser; none by default
 * @param audit hears what needs admin and is done, and what is refused for want of permission
 */
public record Security(
    @Nullable Identities identities,
    boolean credentialsRequired,
    @Nullable Tls tls,
    Limits limits,
    Set<String> corsOrigins,
    AuditListener audit) {

  public Security {
    corsOrigins = Set.copyOf(corsOrigins);
    if (credentialsRequired && identities == null) {
      throw new IllegalArgumentException("credentialsRequired needs identities");
    }
    for (String origin : corsOrigins) {
      if (!origin.matches("https?://[^/?#@\\s]+")) {
        throw new IllegalArgumentException(
            "corsOrigins must be origins such as https://app.example; got '" + origin + "'");
      }
    }
  }

  /** Everybody, in clear text, without limits but those of the whole. */
  public static Security open() {
    return new Security(null, false, null, Limits.NONE, Set.of(), AuditListener.NONE);
  }

  public Security withIdentities(Identities value, boolean required) {
    return new Security(value, required, tls, limits, corsOrigins, audit);
  }

  public Security withTls(Tls value) {
    return new Security(identities, credentialsRequired, value, limits, corsOrigins, audit);
  }

  public Security withLimits(Limits value) {
    return new Security(identities, credentialsRequired, tls, value, corsOrigins, audit);
  }

  public Security withCorsOrigins(Set<String> value) {
    return new Security(identities, credentialsRequired, tls, limits, value, audit);
  }

  public Security withAudit(AuditListener value) {
    return new Security(identities, credentialsRequired, tls, limits, corsOrigins, value);
  }

  /**
   * A certificate in files. They are looked at every few seconds: a new certificate is used for new
   * connections, and those that are open stay.
   *
   * @param certificates PEM: the server's certificate, then those that lead to a known one
   * @param key PEM: PKCS #8, not encrypted
   * @param clients PEM: clients come with a certificate that leads to one of these; null: they are
   *     not asked for any. Looked at for each new connection
   * @param clientsRequired whether a client without a certificate is refused, and not only one with
   *     a wrong one
   */
  public record Tls(Path certificates, Path key, @Nullable Path clients, boolean clientsRequired) {
    /** Clients are not asked for certificates. */
    public Tls(Path certificates, Path key) {
      this(certificates, key, null, false);
    }
  }

  /**
   * Bounds for each project and each address; 0 is none. What is over a bound is refused with
   * RESOURCE_EXHAUSTED and told when to come back.
   *
   * @param requestsPerSecond of a project, and of an address; a burst may have as many at once
   * @param bytesPerSecond of a project's requests
   * @param connectionsPerAddress open at a time; more are closed at once
   * @param watchersPerProject open at a time
   */
  public record Limits(
      int requestsPerSecond,
      int bytesPerSecond,
      int connectionsPerAddress,
      int watchersPerProject) {
    /** No bounds but those of the gateway as a whole. */
    public static final Limits NONE = new Limits(0, 0, 0, 0);

    public Limits {
      check("requestsPerSecond", requestsPerSecond);
      check("bytesPerSecond", bytesPerSecond);
      check("connectionsPerAddress", connectionsPerAddress);
      check("watchersPerProject", watchersPerProject);
    }

    private static void check(String name, int value) {
      if (value < 0) {
        throw new IllegalArgumentException(name + " must be at least 0; got " + value);
      }
    }
  }
}
