package io.thalweg.server;

import com.google.rpc.Code;
import io.thalweg.access.identities.ApiKeyIdentities;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Identities;
import io.thalweg.edge.Identity;
import io.thalweg.gateway.JwtIdentities;
import io.thalweg.gateway.Security;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** All that identifies callers of a node: API keys, the operator's token, an issuer's tokens. */
final class NodeIdentities implements Identities, AutoCloseable {
  private static final String KEY_PREFIX = "tw_";

  private final ApiKeyIdentities keys;
  private final @Nullable OperatorToken operator;
  private final @Nullable JwtIdentities tokens;

  private NodeIdentities(
      ApiKeyIdentities keys, @Nullable OperatorToken operator, @Nullable JwtIdentities tokens) {
    this.keys = keys;
    this.operator = operator;
    this.tokens = tokens;
  }

  /**
   * Of a node that runs.
   *
   * @throws CommandFailed if the token cannot be written or an issuer's keys cannot be had
   */
  static NodeIdentities of(Node node, Path data, UpSecurity options) {
    ApiKeyIdentities keys = new ApiKeyIdentities(node);
    if (!options.credentials()) {
      return new NodeIdentities(keys, null, null);
    }
    String issuer = options.jwtIssuer();
    String keySet = options.jwtKeys();
    try {
      JwtIdentities tokens =
          issuer == null || keySet == null
              ? null
              : new JwtIdentities(issuer, options.jwtAudience(), keySet, keys);
      return new NodeIdentities(keys, OperatorToken.write(data), tokens);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed("jwt-keys: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailed("the operator's token cannot be written to " + data + ": " + e, e);
    }
  }

  /** What a gateway is told. */
  Security security(UpSecurity options) {
    Security security =
        Security.open()
            .withIdentities(this, options.credentials())
            .withLimits(options.limits())
            .withCorsOrigins(options.corsOrigins());
    Path cert = options.tlsCert();
    Path key = options.tlsKey();
    return cert == null || key == null
        ? security
        : security.withTls(
            new Security.Tls(cert, key, options.tlsClientCa(), !options.tlsClientWanted()));
  }

  @Override
  public CompletableFuture<Identity> identify(Credentials.Token token) {
    if (OperatorToken.looksLike(token)) {
      return operator != null && operator.is(token)
          ? CompletableFuture.completedFuture(Identity.unlimited(new Caller(0, "operator")))
          : CompletableFuture.failedFuture(
              Failure.of(
                  Code.UNAUTHENTICATED,
                  "this is not the operator's token of this start; read it again"));
    }
    return tokens == null || token.text().startsWith(KEY_PREFIX)
        ? keys.identify(token)
        : tokens.identify(token);
  }

  @Override
  public CompletableFuture<Integer> projectNumber(String name) {
    return keys.projectNumber(name);
  }

  @Override
  public void close() {
    if (operator != null) {
      operator.close();
    }
    if (tokens != null) {
      tokens.close();
    }
  }
}
