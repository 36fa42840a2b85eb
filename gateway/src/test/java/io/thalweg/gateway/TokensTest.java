package io.thalweg.gateway;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Signed tokens of an issuer, with its keys in a file or behind a URL. */
@Timeout(120)
class TokensTest {
  @TempDir Path folder;
  private ECKey signing;
  private Path keyFile;
  private GuardedNode node;
  private Web web;

  @BeforeEach
  void start() throws Exception {
    signing = new ECKeyGenerator(Curve.P_256).keyID("first").generate();
    keyFile = folder.resolve("jwks.json");
    Files.writeString(keyFile, new JWKSet(signing).toPublicJWKSet().toString());
    open(keyFile.toString());
  }

  private void open(String keys) {
    node =
        new GuardedNode(
            folder.resolve("data"),
            opened -> {
              var projects = new io.thalweg.access.identities.ApiKeyIdentities(opened);
              return Security.open()
                  .withIdentities(
                      new JwtIdentities("https://issuer.example", "thalweg", keys, projects), true);
            });
    web = new Web(node.port());
  }

  @AfterEach
  void stop() {
    web.close();
    node.close();
  }

  @Test
  void aTokenAllowsWhatItsClaimSaysInItsProject() throws Exception {
    node.project("shop");
    String[] writer = bearer(claims("shop", "leaderboard:read+write"));
    web.post("/v1/boards/b/scores", "{\"member\":\"ana\",\"score\":3}", writer).is(200);
    web.get("/v1/boards/b/entries", writer).is(200);
    web.get("/v1/boards/b", bearer(claims("default", "leaderboard:read"))).is(404);
    web.get("/v1/boards/b", bearer(claims("shop")))
        .isError(403, "PERMISSION_DENIED", "leaderboard:read");
    web.get("/v1/boards/b", bearer(claims("nowhere", "leaderboard:read")))
        .isError(401, "UNAUTHENTICATED", "nowhere");
  }

  @Test
  void whatIsNotSignedByTheIssuerForThisServerAndNowIsRefused() throws Exception {
    JWTClaimsSet good = claims("default", "leaderboard:read").build();
    web.get("/v1/boards", bearer(new JWTClaimsSet.Builder(good).issuer("https://other.example")))
        .isError(401, "UNAUTHENTICATED", "iss");
    web.get("/v1/boards", bearer(new JWTClaimsSet.Builder(good).audience("other")))
        .isError(401, "UNAUTHENTICATED", "aud");
    Date past = Date.from(Instant.now().minusSeconds(120));
    web.get("/v1/boards", bearer(new JWTClaimsSet.Builder(good).expirationTime(past)))
        .isError(401, "UNAUTHENTICATED", "xpired");
    web.get("/v1/boards", bearer(new JWTClaimsSet.Builder(good).expirationTime(null)))
        .isError(401, "UNAUTHENTICATED", "exp");
    web.get("/v1/boards", "authorization", "Bearer " + new PlainJWT(good).serialize())
        .isError(401, "UNAUTHENTICATED");
    // The public key used as a shared secret: the classic confusion of algorithms.
    SignedJWT mac = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), good);
    mac.sign(new MACSigner(signing.toPublicJWK().toString().getBytes(StandardCharsets.UTF_8)));
    web.get("/v1/boards", "authorization", "Bearer " + mac.serialize())
        .isError(401, "UNAUTHENTICATED");
    ECKey other = new ECKeyGenerator(Curve.P_256).keyID("first").generate();
    web.get("/v1/boards", bearer(new JWTClaimsSet.Builder(good), other))
        .isError(401, "UNAUTHENTICATED");
    web.get("/v1/boards", bearer(new JWTClaimsSet.Builder(good))).is(200);
  }

  @Test
  void keysInAFileAreRotatedWithoutARestart() throws Exception {
    ECKey next = new ECKeyGenerator(Curve.P_256).keyID("second").generate();
    web.get("/v1/boards", bearer(claims("default", "leaderboard:read"), next))
        .isError(401, "UNAUTHENTICATED");
    Files.writeString(keyFile, new JWKSet(List.of(signing, next)).toPublicJWKSet().toString());
    Files.setLastModifiedTime(keyFile, FileTime.from(Instant.now().plusSeconds(5)));
    // Another token: the first one's refusal is remembered for a moment.
    web.get("/v1/boards", bearer(claims("default", "leaderboard:read", "access:read"), next))
        .is(200);
  }

  @Test
  void keysBehindAUrlAreFetchedAndFetchedAgainForAKeyThatIsNotKnown() throws Exception {
    stop();
    ECKey next = new ECKeyGenerator(Curve.P_256).keyID("second").generate();
    String[] served = {new JWKSet(signing).toPublicJWKSet().toString()};
    HttpServer issuer =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    issuer.createContext(
        "/keys",
        exchange -> {
          byte[] body = served[0].getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("content-type", "application/json");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    issuer.start();
    try {
      open("http://127.0.0.1:" + issuer.getAddress().getPort() + "/keys");
      web.get("/v1/boards", bearer(claims("default", "leaderboard:read"))).is(200);
      served[0] = new JWKSet(List.of(signing, next)).toPublicJWKSet().toString();
      web.get("/v1/boards", bearer(claims("default", "leaderboard:read"), next)).is(200);
    } finally {
      issuer.stop(0);
    }
  }

  private static JWTClaimsSet.Builder claims(String project, String... permissions) {
    return new JWTClaimsSet.Builder()
        .issuer("https://issuer.example")
        .audience("thalweg")
        .subject("ana")
        .expirationTime(Date.from(Instant.now().plusSeconds(600)))
        .claim(
            "thalweg",
            project.equals("default")
                ? Map.of("permissions", List.of(permissions))
                : Map.of("project", project, "permissions", List.of(permissions)));
  }

  private String[] bearer(JWTClaimsSet.Builder claims) throws Exception {
    return bearer(claims, signing);
  }

  private static String[] bearer(JWTClaimsSet.Builder claims, ECKey key) throws Exception {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(),
            claims.build());
    token.sign(new ECDSASigner(key));
    return new String[] {"authorization", "Bearer " + token.serialize()};
  }
}
