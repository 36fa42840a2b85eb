package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.messaging.Messaging;
import io.thalweg.messaging.xmpp.Xmpp;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random and damaged XMPP over each of its bindings, before and after clients have signed in:
 * nothing fails with an error that is not the client's, leaks, hangs or is left open, and what
 * others said is what it was. See {@link Fuzz} for the flags.
 */
@Timeout(3600)
class XmppFuzzTest {
  private static final String KEPT = "/v1/conversations/direct~ana~bo/messages?user=ana";
  private static final String HEAD =
      "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
          + " to='localhost' version='1.0'>";
  private static final String OPEN =
      "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";
  private static final String AUTH =
      "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
          + Base64.getEncoder()
              .encodeToString("\0fuzz\0anonymous".getBytes(StandardCharsets.US_ASCII))
          + "</auth>";
  private static final String BIND =
      "<iq xmlns='jabber:client' type='set' id='b'>"
          + "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";

  /** What a client may say, to be damaged. */
  private static final List<String> STANZAS =
      List.of(
          "<presence xmlns='jabber:client'/>",
          "<message xmlns='jabber:client' to='fuzz2@localhost' type='chat' id='1'><body>a&amp;"
              + "</body><request xmlns='urn:xmpp:receipts'/></message>",
          "<message xmlns='jabber:client' to='fuzz@localhost' type='chat'><body>b</body></message>",
          "<iq xmlns='jabber:client' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>",
          "<iq xmlns='jabber:client' type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>",
          "<iq xmlns='jabber:client' type='set' id='m'><query xmlns='urn:xmpp:mam:2'>"
              + "<x xmlns='jabber:x:data' type='submit'><field var='with'>"
              + "<value>fuzz2@localhost</value></field></x><set"
              + " xmlns='http://jabber.org/protocol/rsm'><max>5</max></set></query></iq>",
          "<enable xmlns='urn:xmpp:sm:3' resume='true'/>",
          "<r xmlns='urn:xmpp:sm:3'/>",
          "<a xmlns='urn:xmpp:sm:3' h='1'/>",
          "<resume xmlns='urn:xmpp:sm:3' h='0' previd='x'/>",
          AUTH,
          BIND,
          OPEN,
          "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
          "</stream:stream>");

  private static final int READ_MS = 15;
  private static final int SIGN_IN_MS = 60_000;
  private static final Pattern SID = Pattern.compile(" sid='([^']+)'");

  @TempDir static Path data;
  private static Node node;
  private static Gateway gateway;
  private static Web web;
  private static HttpClient http;
  private static String kept;

  @BeforeAll
  static void start() {
    Xmpp xmpp = new Xmpp();
    node =
        Thalweg.at(data)
            .service(Messaging.TYPE)
            .options(NodeOptions.defaults().withPartitions(2))
            .meters(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))
            .open();
    gateway =
        Gateway.start(
            node,
            GatewayOptions.builder()
                .port(0)
                .protocols(List.of(ProtocolPort.of(xmpp, 0)))
                .webSocketProtocols(xmpp.webSockets())
                .httpProtocols(xmpp.http())
                .build());
    web = new Web(gateway.port());
    web.post(
            "/v1/conversations/direct~ana~bo/messages",
            "{\"user\":\"ana\",\"device\":\"a\",\"clientMessageId\":\"1\","
                + "\"content\":{\"text\":\"kept\"}}")
        .is(200);
    kept = web.get(KEPT).is(200).http().body();
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterAll
  static void stop() {
    http.shutdownNow();
    http.close();
    web.close();
    gateway.close();
    node.close();
  }

  /** What one client does. */
  private interface Attack {
    void run(Fuzz fuzz) throws IOException;
  }

  private static void run(String what, Attack attack) throws Exception {
    try (Fuzz fuzz = new Fuzz(what)) {
      int closedFirst = 0;
      while (fuzz.goesOn()) {
        try {
          attack.run(fuzz);
        } catch (IOException e) {
          // The server closed first, or had nothing to say in time.
          closedFirst++;
        }
      }
      String seed = "-Dfuzz.seed=" + fuzz.seed;
      System.out.println("closed, or silent: " + closedFirst);
      Eventually.until(
          "nobody is connected, " + seed,
          () ->
              gauge("thalweg.gateway.sockets", "xmpp") == 0
                  && gauge("thalweg.gateway.connections", "xmpp") == 0
                  && node.meters().get("thalweg.xmpp.bosh.sessions").gauge().value() == 0);
      assertThat(web.get(KEPT).is(200).http().body()).as(seed).isEqualTo(kept);
      assertThat(fuzz.errors()).as(seed).isEmpty();
    }
  }

  private static double gauge(String name, String protocol) {
    return node.meters().get(name).tag("protocol", protocol).gauge().value();
  }

  /** Some stanzas, mostly damaged. */
  private static String said(Fuzz fuzz) {
    StringBuilder all = new StringBuilder();
    for (int i = fuzz.random.nextInt(6); i >= 0; i--) {
      all.append(STANZAS.get(fuzz.random.nextInt(STANZAS.size())));
    }
    byte[] bytes = all.toString().getBytes(StandardCharsets.UTF_8);
    return new String(
        fuzz.random.nextInt(8) == 0 ? fuzz.bytes(500) : fuzz.damaged(bytes, 3),
        StandardCharsets.ISO_8859_1);
  }

  @Test
  void damagedStreamsOnThePort() throws Exception {
    run(
        "XMPP on its port",
        fuzz -> {
          try (Socket socket = new Socket("127.0.0.1", gateway.protocolPort(0))) {
            InputStream in = socket.getInputStream();
            socket.setSoTimeout(SIGN_IN_MS);
            if (fuzz.random.nextInt(3) > 0) {
              send(socket, HEAD + AUTH);
              until(in, "<success");
              send(socket, HEAD + BIND);
              until(in, "</jid>");
            } else if (fuzz.random.nextBoolean()) {
              send(socket, HEAD);
            }
            socket.setSoTimeout(READ_MS);
            for (int i = fuzz.random.nextInt(4); i >= 0; i--) {
              send(socket, said(fuzz));
            }
            if (fuzz.random.nextBoolean()) {
              socket.shutdownOutput();
            }
            byte[] answer = new byte[4096];
            while (fuzz.random.nextInt(10) > 0 && in.read(answer) >= 0) {
              // As long as the server has something to say.
            }
          }
        });
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void until(InputStream in, String wanted) throws IOException {
    StringBuilder all = new StringBuilder();
    byte[] bytes = new byte[4096];
    while (all.indexOf(wanted) < 0) {
      int count = in.read(bytes);
      if (count < 0) {
        throw new AssertionError("closed: " + all);
      }
      all.append(new String(bytes, 0, count, StandardCharsets.ISO_8859_1));
    }
  }

  @Test
  void damagedMessagesOnWebSockets() throws Exception {
    run(
        "XMPP over WebSockets",
        fuzz -> {
          SocketMessages heard = new SocketMessages();
          WebSocket socket =
              http.newWebSocketBuilder()
                  .subprotocols("xmpp")
                  .buildAsync(
                      URI.create("ws://127.0.0.1:" + gateway.port() + "/v1/messaging/xmpp"), heard)
                  .join();
          try {
            if (fuzz.random.nextInt(3) > 0) {
              socket.sendText(OPEN, true).join();
              socket.sendText(AUTH, true).join();
              heard.until("<success");
              socket.sendText(OPEN, true).join();
              socket.sendText(BIND, true).join();
              heard.until("</jid>");
            }
            for (int i = fuzz.random.nextInt(6); i >= 0; i--) {
              if (fuzz.random.nextInt(12) == 0) {
                socket.sendBinary(java.nio.ByteBuffer.wrap(fuzz.bytes(50)), true).join();
              } else {
                socket.sendText(said(fuzz), true).join();
              }
            }
          } catch (CompletionException closed) {
            throw new IOException(closed);
          } finally {
            socket.abort();
          }
        });
  }

  @Test
  void damagedRequestsOverHttp() throws Exception {
    run(
        "XMPP over HTTP",
        fuzz -> {
          long rid = 1L + fuzz.random.nextInt(1 << 30);
          String answer = post(body(rid, "", "to='localhost' wait='0' hold='0'", ""));
          Matcher sid = SID.matcher(answer);
          assertThat(sid.find()).as(answer).isTrue();
          String name = "sid='" + sid.group(1) + "'";
          if (fuzz.random.nextInt(3) > 0) {
            answer = post(body(++rid, name, "", AUTH));
            while (!answer.contains("<success")) {
              answer = post(body(++rid, name, "", ""));
            }
            var _ = post(body(++rid, name, "xmpp:restart='true' to='localhost'", ""));
            answer = post(body(++rid, name, "", BIND));
            while (!answer.contains("</jid>")) {
              answer = post(body(++rid, name, "", ""));
            }
          }
          for (int i = fuzz.random.nextInt(6); i >= 0; i--) {
            String body = body(++rid + fuzz.random.nextInt(10) / 9, name, "", said(fuzz));
            var _ =
                fuzz.random.nextInt(4) == 0
                    ? post(
                        new String(
                            fuzz.damaged(body.getBytes(StandardCharsets.ISO_8859_1), 3),
                            StandardCharsets.ISO_8859_1))
                    : post(body);
          }
          // Far from what is expected: it is ended, if it is there.
          assertThat(post(body(rid + 1000, name, "", ""))).contains("type='terminate'");
        });
  }

  private static String body(long rid, String sid, String attributes, String stanzas) {
    return "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' rid='"
        + rid
        + "' "
        + sid
        + " "
        + attributes
        + ">"
        + stanzas
        + "</body>";
  }

  private static String post(String body) throws IOException {
    try {
      return http.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + gateway.port() + "/http-bind"))
                  .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.ISO_8859_1))
                  .build(),
              BodyHandlers.ofString())
          .body();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** What a client of WebSockets has heard. */
  private static final class SocketMessages implements WebSocket.Listener {
    private final StringBuilder all = new StringBuilder();
    private boolean over;

    synchronized void until(String wanted) {
      long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SIGN_IN_MS);
      try {
        while (all.indexOf(wanted) < 0) {
          if (over || System.nanoTime() - endNs > 0) {
            throw new AssertionError("waited in vain for " + wanted + ": " + all);
          }
          wait(1_000);
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public synchronized java.util.concurrent.CompletionStage<?> onText(
        WebSocket socket, CharSequence text, boolean last) {
      all.append(text);
      notifyAll();
      socket.request(1);
      return java.util.concurrent.CompletableFuture.completedFuture(null);
    }

    @Override
    public synchronized void onError(WebSocket socket, Throwable problem) {
      over = true;
      notifyAll();
    }

    @Override
    public synchronized java.util.concurrent.CompletionStage<?> onClose(
        WebSocket socket, int code, String reason) {
      over = true;
      notifyAll();
      return java.util.concurrent.CompletableFuture.completedFuture(null);
    }
  }
}
