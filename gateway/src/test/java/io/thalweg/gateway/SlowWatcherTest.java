package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that do not read what they are sent. */
@Timeout(300)
class SlowWatcherTest {
  private static final String BOARD = "/v1/boards/slow";
  private static final String WATCH = BOARD + "/events:watch";
  private static final Pattern ID = Pattern.compile("\"id\":\"([0-9-]+)\"|\nid: ([0-9-]+)");
  private static final String UPGRADE =
      String.join(
          "\r\n",
          "Upgrade: websocket",
          "Connection: Upgrade",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "");

  @Test
  void aClientThatDoesNotReadIsCutAndGoesOnAfterWhatItHasSeen() throws Exception {
    WatchOptions watching = WatchOptions.builder().slowMs(1_000).build();
    try (RunningNode node =
            new RunningNode(options -> options.heartbeatMs(100).watching(watching));
        Web web = new Web(node.port())) {
      String scores = manyScores();
      for (String headers : new String[] {"", UPGRADE}) {
        try (Socket socket = new Socket()) {
          socket.setReceiveBufferSize(4 << 10);
          socket.connect(new InetSocketAddress("127.0.0.1", node.port()));
          String request =
              "GET " + WATCH + "?after=0 HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
          socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
          double cutBefore = cut(node);
          int batches = 0;
          while (cut(node) == cutBefore) {
            web.post(BOARD + "/scores:batch", scores).is(200);
            batches++;
            // What waits for it stays within a chunk and an item.
            assertThat(node.gauge("thalweg.gateway.watch.waiting")).isLessThan(1 << 20);
          }
          while (node.watchers() > 0) {
            Thread.onSpinWait();
          }
          while (node.gauge("thalweg.gateway.watch.waiting") != 0) {
            Thread.onSpinWait();
          }

          String last = lastId(socket.getInputStream());
          int left = 0;
          String next = last;
          Web.Answer page;
          do {
            page = web.get(WATCH + "?wait=0&after=" + next).is(200);
            left += page.at("/items").size();
            next = page.at("/next").asText();
          } while (page.at("/items").size() > 0);
          assertThat(left).isPositive();
          assertThat(batches).isPositive();
        }
      }
    }
  }

  private static double cut(RunningNode node) {
    return node.node().meters().get("thalweg.gateway.watch.cut").counter().count();
  }

  /** Reads all that came; the last id in it. The end may be a reset. */
  private static String lastId(InputStream in) {
    StringBuilder text = new StringBuilder();
    byte[] bytes = new byte[64 << 10];
    try {
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        text.append(new String(bytes, 0, n, StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      text.append(' ');
    }
    Matcher m = ID.matcher(text);
    String last = "0";
    while (m.find()) {
      last = m.group(1) == null ? m.group(2) : m.group(1);
    }
    return last;
  }

  private static String manyScores() {
    StringBuilder all = new StringBuilder("{\"scores\":[");
    for (int i = 0; i < 1000; i++) {
      all.append(i == 0 ? "" : ",")
          .append("{\"member\":\"a member with a long name, number ")
          .append(i)
          .append("\",\"score\":1}");
    }
    return all.append("],\"operator\":\"SUM\"}").toString();
  }
}
