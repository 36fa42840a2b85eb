package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.thalweg.runtime.HttpEffect.Method;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A bad request fails where it is made, and the error names the field. */
class HttpEffectTest {
  private static final String URL = "https://example.com/hook";

  private static HttpEffect post(String url, List<HttpHeader> headers, int bodyBytes, int ms) {
    return new HttpEffect(Method.POST, url, headers, ByteString.copyFrom(new byte[bodyBytes]), ms);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/x",
        "example.com/x",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http:/x",
        "http://",
        "http:///x",
        "http://?x",
        "http://:80/",
        "http://a@b/",
        "http://a:b@c/",
        "http://a b/",
        "http://a/\u00e9",
        "http://a/\r\nX: y",
        "http://a\\b/",
        "http://a/#f",
        "http://a:0/",
        "http://a:65536/",
        "http://a:x/",
        "http://a:-1/",
        "http://a:80:80/",
        "http://a..b/",
        "http://.a/",
        "http://a./",
        "http://%61/",
        "http://[::1",
        "http://[::1]x/",
        "http://[]/",
        "http://[::1@x]/",
        "http://::1/",
        "http://a,b/",
        "http://a;b/",
        "http://\u0661.1.1.1/"
      })
  void aBadUrlIsRefused(String url) {
    assertThatThrownBy(() -> post(url, List.of(), 0, 1000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("url ");
  }

  @Test
  void aUrlIsTakenApart() {
    assertThat(EffectUrl.parse("HTTP://Example.COM"))
        .isEqualTo(new EffectUrl("http", "example.com", 80, "/"));
    assertThat(EffectUrl.parse("https://a_b-c.d:/x/../y?z=%20#".replace("#", "")))
        .isEqualTo(new EffectUrl("https", "a_b-c.d", 443, "/x/../y?z=%20"));
    assertThat(EffectUrl.parse("https://a:8443?q=http://u@b/"))
        .isEqualTo(new EffectUrl("https", "a", 8443, "/?q=http://u@b/"));
    assertThat(EffectUrl.parse("http://[FE80::1%25eth0]:81/"))
        .isEqualTo(new EffectUrl("http", "fe80::1%25eth0", 81, "/"));
  }

  @Test
  void boundsHoldToTheByte() {
    String longest = URL + "/" + "x".repeat(EffectUrl.MAX_BYTES - URL.length() - 1);
    List<HttpHeader> most = Collections.nCopies(32, new HttpHeader("a", "b"));
    HttpHeader biggest = new HttpHeader("a", "b".repeat((8 << 10) - 5));
    assertThatCode(() -> post(longest, most, 256 << 10, 60_000)).doesNotThrowAnyException();
    assertThatCode(() -> post(URL, List.of(biggest), 0, 1)).doesNotThrowAnyException();

    refused("url must have 1 to 2048 bytes", longest + "x", List.of(), 0, 1);
    refused("headers must be at most 32; got 33", URL, Collections.nCopies(33, most.get(0)), 0, 1);
    refused("headers must have at most 8192 bytes", URL, List.of(biggest, most.get(0)), 0, 1);
    refused("body must have at most 262144 bytes", URL, List.of(), (256 << 10) + 1, 1);
    refused("timeoutMs must be from 1 to 60000; got 0", URL, List.of(), 0, 0);
    refused("timeoutMs must be from 1 to 60000; got 60001", URL, List.of(), 0, 60_001);
  }

  private static void refused(
      String message, String url, List<HttpHeader> headers, int bodyBytes, int ms) {
    assertThatThrownBy(() -> post(url, headers, bodyBytes, ms))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host",
        "Content-Length",
        "connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Expect",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Webhook-Id",
        "webhook-signature",
        "Thalweg-Attempt",
        "",
        "a b",
        "a:",
        "a\r\nb",
        "\u00e9"
      })
  void aHeaderThatIsNotTheServicesIsRefused(String name) {
    refused(
        "headers[1].name must",
        URL,
        List.of(new HttpHeader("ok", "v"), new HttpHeader(name, "v")),
        0,
        1);
  }

  @ParameterizedTest
  @ValueSource(strings = {" a", "a ", "a\r\nX: y", "a\nb", "a\u0000", "\u00e9"})
  void aHeaderValueThatCouldEndTheLineIsRefused(String value) {
    refused("headers[0].value must", URL, List.of(new HttpHeader("a", value)), 0, 1);
  }

  @Test
  void aGetHasNoBody() {
    assertThatThrownBy(
            () -> new HttpEffect(Method.GET, URL, List.of(), ByteString.copyFromUtf8("x"), 1))
        .hasMessage("body must be empty with GET; got 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a.b", "a b", "a\n", "\u00e9"})
  void anIdThatCouldBeReadTwoWaysIsRefused(String id) {
    HttpEffect request = post(URL, List.of(), 0, 1);
    assertThatThrownBy(() -> new EffectAttempt(id, 1, request)).hasMessageStartingWith("id must");
    assertThatThrownBy(() -> new EffectAttempt("a", 0, request))
        .hasMessageStartingWith("attempt must");
  }
}
