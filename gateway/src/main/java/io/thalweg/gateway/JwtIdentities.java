package io.thalweg.gateway;

import com.google.rpc.Code;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Identities;
import io.thalweg.edge.Identity;
import io.thalweg.edge.Permission;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Identifies callers by signed tokens (JSON Web Tokens, RFC 7519) of one issuer. A token must be
 * signed by a key of the issuer's set, be meant for this audience, and not have expired; {@code
 * sub} is who it is. What it allows is in the claim {@value #CLAIM}:
 *
 * <pre>{@code
 * "thalweg": {"project": "shop", "permissions": ["leaderboard:read+write:eu-"]}
 * }</pre>
 *
 * <p>The key set is a file, read again when it has changed, or a URL, which is asked again when a
 * token names a key that is not known, at most every half minute. Only signatures by public keys
 * are taken (RS, PS, ES): none by a shared secret, and never an unsigned token.
 */
public final class JwtIdentities implements Identities, AutoCloseable {
  private static final String CLAIM = "thalweg";
  private static final int MAX_PERMISSIONS = 32;
  private static final int MAX_SUBJECT_BYTES = 200;
  private static final int CLOCK_SKEW_S = 30;

  private static final Set<JWSAlgorithm> ALGORITHMS = algorithms();

  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
  private final Identities projects;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * @param issuer what {@code iss} must be
   * @param audience what {@code aud} must hold
   * @param keys path of a file with a JWK set (RFC 7517), or its {@code https} URL; {@code http} on
   *     loopback addresses only
   * @param projects knows the numbers of projects
   * @throws IllegalArgumentException if the keys cannot be had from there
   */
  public JwtIdentities(String issuer, String audience, String keys, Identities projects) {
    this.projects = projects;
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, source(keys)));
    DefaultJWTClaimsVerifier<SecurityContext> claims =
        new DefaultJWTClaimsVerifier<>(
            audience, new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("sub", "exp"));
    claims.setMaxClockSkew(CLOCK_SKEW_S);
    processor.setJWTClaimsSetVerifier(claims);
  }

  private static Set<JWSAlgorithm> algorithms() {
    Set<JWSAlgorithm> all = new HashSet<>(JWSAlgorithm.Family.RSA);
    all.addAll(List.of(JWSAlgorithm.ES256, JWSAlgorithm.ES384, JWSAlgorithm.ES512));
    return Set.copyOf(all);
  }

  private static JWKSource<SecurityContext> source(String keys) {
    if (keys.startsWith("https://") || keys.startsWith("http://")) {
      URI uri = URI.create(keys);
      String host = String.valueOf(uri.getHost());
      if (uri.getScheme().equals("http") && !host.matches("localhost|127\\.0\\.0\\.1|\\[::1]")) {
        throw new IllegalArgumentException(
            "a key set is fetched by https, or by http from this machine; got '" + keys + "'");
      }
      try {
        return JWKSourceBuilder.create(uri.toURL()).retrying(true).build();
      } catch (MalformedURLException e) {
        throw new IllegalArgumentException("'" + keys + "' is not a URL", e);
      }
    }
    return new KeyFile(Path.of(keys));
  }

  @Override
  public CompletableFuture<Identity> identify(Credentials.Token token) {
    // A key set may have to be fetched.
    return CompletableFuture.supplyAsync(() -> claims(token), threads).thenCompose(this::identity);
  }

  @Override
  public CompletableFuture<Integer> projectNumber(String name) {
    return projects.projectNumber(name);
  }

  private JWTClaimsSet claims(Credentials.Token token) {
    try {
      return processor.process(token.text(), null);
    } catch (ParseException e) {
      throw refused("it is neither an API key nor a JSON Web Token");
    } catch (BadJOSEException e) {
      throw refused(String.valueOf(e.getMessage()));
    } catch (KeySourceException e) {
      throw Failure.retryable(
          Code.UNAVAILABLE, "the keys that tokens are checked with cannot be had now", 1_000);
    } catch (JOSEException e) {
      throw refused("its signature cannot be checked");
    }
  }

  private CompletableFuture<Identity> identity(JWTClaimsSet claims) {
    Map<String, Object> allowed;
    try {
      allowed = claims.getJSONObjectClaim(CLAIM);
    } catch (ParseException e) {
      throw refused("the claim '" + CLAIM + "' must be an object");
    }
    String principal = "jwt:" + claims.getSubject();
    if (principal.getBytes(StandardCharsets.UTF_8).length > MAX_SUBJECT_BYTES) {
      throw refused("the claim 'sub' must have at most " + MAX_SUBJECT_BYTES + " bytes");
    }
    List<Permission> permissions = permissions(allowed);
    Object project = allowed == null ? null : allowed.get("project");
    return switch (project) {
      case null ->
          CompletableFuture.completedFuture(new Identity(new Caller(0, principal), permissions));
      case String name ->
          projectNumber(name)
              .handle((number, cause) -> {
                if (cause != null) {
                  throw refused("its project '" + Failure.quote(name) + "' is not known");
                }
                return new Identity(new Caller(number, principal), permissions);
              });
      default -> throw refused("'project' in the claim '" + CLAIM + "' must be text");
    };
  }

  private static List<Permission> permissions(@Nullable Map<String, Object> allowed) {
    Object list = allowed == null ? List.of() : allowed.getOrDefault("permissions", List.of());
    if (!(list instanceof List<?> texts) || texts.size() > MAX_PERMISSIONS) {
      throw refused("'permissions' must be a list of at most " + MAX_PERMISSIONS);
    }
    List<Permission> permissions = new ArrayList<>();
    for (Object text : texts) {
      try {
        permissions.add(Permission.parse(String.valueOf(text)));
      } catch (Failure e) {
        throw refused(e.getMessage());
      }
    }
    return permissions;
  }

  private static Failure refused(@Nullable String why) {
    return Failure.of(Code.UNAUTHENTICATED, "the token is not accepted: " + why);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  /** A key set in a file, read again when it has changed. */
  private static final class KeyFile implements JWKSource<SecurityContext> {
    private final Path file;
    private @Nullable FileTime seen;
    private JWKSet keys;

    KeyFile(Path file) {
      this.file = file;
      try {
        seen = Files.getLastModifiedTime(file);
        keys = JWKSet.load(file.toFile());
      } catch (IOException | ParseException e) {
        throw new IllegalArgumentException("the key set " + file + " cannot be read: " + e, e);
      }
    }

    @Override
    public List<JWK> get(
        com.nimbusds.jose.jwk.JWKSelector selector, @Nullable SecurityContext context)
        throws KeySourceException {
      return selector.select(current());
    }

    private synchronized JWKSet current() throws KeySourceException {
      try {
        FileTime now = Files.getLastModifiedTime(file);
        if (!now.equals(seen)) {
          keys = JWKSet.load(file.toFile());
          seen = now;
        }
        return keys;
      } catch (IOException | ParseException e) {
        throw new KeySourceException("the key set " + file + " cannot be read", e);
      }
    }
  }
}
