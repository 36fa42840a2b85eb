package io.thalweg.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client of BOSH by its requests, one at a time. */
final class BoshClient implements AutoCloseable {
  private static final String CLIENT = " xmlns='jabber:client'";
  private static final Pattern ATTRIBUTE = Pattern.compile(" sid='([^']+)'");

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI address;
  String sid = "";
  long rid = 4_000_000_000L;

  BoshClient(TestNode node) {
    address = URI.create(node.url() + "/http-bind");
  }

  /** Sends a request and does not wait for its answer. */
  CompletableFuture<String> begin(long number, String attributes, String stanzas) {
    String body =
        "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' rid='"
            + number
            + "'"
            + (sid.isEmpty() ? "" : " sid='" + sid + "'")
            + " "
            + attributes
            + ">"
            + stanzas
            + "</body>";
    return http.sendAsync(
            HttpRequest.newBuilder(address)
                .timeout(Duration.ofSeconds(90))
                .header("Content-Type", "text/xml; charset=utf-8")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString(StandardCharsets.UTF_8))
        .thenApply(answer -> answer.body());
  }

  /** Sends the next request; its answer. */
  String next(String attributes, String stanzas) {
    return begin(++rid, attributes, stanzas).join();
  }

  /** What comes until something is among it. */
  String until(String wanted) {
    StringBuilder all = new StringBuilder();
    while (all.indexOf(wanted) < 0) {
      all.append(next("", ""));
      if (all.indexOf("type='terminate'") >= 0 && all.indexOf(wanted) < 0) {
        throw new AssertionError("waited in vain for " + wanted + ": " + all);
      }
    }
    return all.toString();
  }

  /** Begins a session. */
  String open(String attributes) {
    sid = "";
    String answer =
        next("to='localhost' ver='1.11' xml:lang='en' xmpp:version='1.0' " + attributes, "");
    Matcher matcher = ATTRIBUTE.matcher(answer);
    if (matcher.find()) {
      sid = matcher.group(1);
    }
    return answer;
  }

  /** Begins a session and signs in. */
  void signIn(String user, String device) {
    open("wait='5' hold='1'");
    String plain =
        Base64.getEncoder()
            .encodeToString(("\0" + user + "\0anonymous").getBytes(StandardCharsets.UTF_8));
    String answer =
        next(
            "",
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
                + plain
                + "</auth>");
    if (!answer.contains("<success")) {
      throw new AssertionError(answer);
    }
    next("xmpp:restart='true' to='localhost'", "");
    answer =
        next(
            "",
            "<iq"
                + CLIENT
                + " type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>"
                + device
                + "</resource></bind></iq>");
    if (!answer.contains("<jid>" + user + "@localhost/" + device)) {
      throw new AssertionError(answer);
    }
  }

  static String presence() {
    return "<presence" + CLIENT + "/>";
  }

  static String message(String to, String text) {
    return "<message"
        + CLIENT
        + " to='"
        + to
        + "@localhost' type='chat'><body>"
        + text
        + "</body></message>";
  }

  static String ping(String id) {
    return "<iq" + CLIENT + " type='get' id='" + id + "'><ping xmlns='urn:xmpp:ping'/></iq>";
  }

  @Override
  public void close() throws IOException {
    http.shutdownNow();
    http.close();
  }
}
