package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.gateway.Web.Answer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The cookie that a page of this server signs in with. */
@Timeout(120)
class SignInsTest {
  private static final String SESSION = "/v1/session";
  private static final String SCORES = "/v1/boards/b/scores";
  private static final String SCORE = "{\"member\":\"ada\",\"score\":1}";

  @TempDir static Path data;
  private static GuardedNode node;
  private static Web web;

  @BeforeAll
  static void start() {
    node = new GuardedNode(data);
    web = new Web(node.port());
  }

  @AfterAll
  static void stop() {
    web.close();
    node.close();
  }

  /** Signs in; the cookie as a browser sends it. */
  private static String signIn(String[] bearer) {
    Answer answer = web.method("POST", SESSION, "", bearer).is(200);
    assertThat(answer.at("/signedIn").asBoolean()).isTrue();
    assertThat(answer.header("set-cookie"))
        .contains("HTTPOnly", "SameSite=Strict", "Path=/", "Max-Age=43200")
        .doesNotContain("Secure");
    return answer.header("set-cookie").split(";", 2)[0];
  }

  @Test
  void whoSignedInIsKnownByTheCookieUntilItSignsOut() {
    String cookie = signIn(node.bearer(0, "ada", "*:read+write"));
    assertThat(cookie).startsWith("thalweg-session-" + node.port() + "=").hasSizeGreaterThan(50);
    String[] page = {"cookie", cookie, "thalweg-page", "1"};
    web.post(SCORES, SCORE, page).is(200);
    web.get("/v1/boards/b/entries/ada", page).is(200);
    assertThat(web.get(SESSION, page).is(200).at("/signedIn").asBoolean()).isTrue();
    Answer out = web.method("DELETE", SESSION, "", page).is(200);
    assertThat(out.header("set-cookie")).contains("Max-Age=0");
    web.get("/v1/boards/b/entries/ada", page).isError(401, "UNAUTHENTICATED");
    assertThat(web.get(SESSION, page).is(200).at("/signedIn").asBoolean()).isFalse();
  }

  @Test
  void aRequestThatMayChangeSomethingNeedsTheHeaderThatNoOtherPageCanSend() {
    String cookie = signIn(node.bearer(0, "forged", "*:read+write"));
    web.post(SCORES, SCORE, "cookie", cookie).isError(403, "PERMISSION_DENIED", "thalweg-page");
    web.method("DELETE", SESSION, "", "cookie", cookie).isError(403, "PERMISSION_DENIED");
    web.get("/v1/boards/b/entries/nobody", "cookie", cookie).is(404);
    web.get("/v1/boards/b", "cookie", cookie, "origin", "http://127.0.0.1:1").is(403);
  }

  @Test
  void aKeyThatIsRevokedIsOfNoUseInACookie() {
    String cookie = signIn(node.bearer(0, "lost", "*:read"));
    web.get("/v1/boards/none", "cookie", cookie).is(404);
    node.revoke(0, "lost");
    for (Answer answer = web.get("/v1/boards/none", "cookie", cookie);
        answer.http().statusCode() != 401; ) {
      answer = web.get("/v1/boards/none", "cookie", cookie);
    }
  }

  @Test
  void nobodySignsInWithoutCredentialsOrWithWrongOnes() {
    web.method("POST", SESSION, "").isError(401, "UNAUTHENTICATED", "Authorization: Bearer");
    web.method("POST", SESSION, "", "authorization", "Bearer made-up")
        .isError(401, "UNAUTHENTICATED");
    web.get("/v1/boards/b", "cookie", "thalweg-session-" + node.port() + "=made-up")
        .isError(401, "UNAUTHENTICATED");
  }

  @Test
  void aWebSocketIsOpenedWithTheCookie() throws Exception {
    String cookie = signIn(node.bearer(0, "watcher", "*:read+write"));
    try (HttpClient client = HttpClient.newHttpClient()) {
      WebSocket socket =
          client
              .newWebSocketBuilder()
              .header("cookie", cookie)
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + node.port() + "/v1/boards/b/events:watch"),
                  new WebSocket.Listener() {})
              .get(60, TimeUnit.SECONDS);
      socket.abort();
    }
  }
}
