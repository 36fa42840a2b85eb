package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** XMPP over requests of HTTP, by its rules; and where its bindings are found. */
@Timeout(300)
class XmppBindingsTest {
  private static final Pattern TEXT = Pattern.compile("<body>([^<]*)</body>");

  @TempDir static Path data;
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = TestNode.start(data.resolve("open"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static List<String> texts(String answers) {
    return TEXT.matcher(answers).results().map(found -> found.group(1)).toList();
  }

  @Test
  void bothBindingsAreFoundByTheNameOfTheServer() throws Exception {
    String origin = "127.0.0.1:" + node.port();
    assertThat(node.get("/.well-known/host-meta.json"))
        .isEqualToIgnoringWhitespace(
            """
            {"links":[{"rel":"urn:xmpp:alt-connections:websocket","href":"ws://%s/v1/messaging/xmpp"},
            {"rel":"urn:xmpp:alt-connections:xbosh","href":"http://%s/http-bind"}]}
            """
                .formatted(origin, origin));
    assertThat(node.get("/.well-known/host-meta"))
        .contains(
            "<Link rel='urn:xmpp:alt-connections:websocket' href='ws://" + origin + "/v1/",
            "<Link rel='urn:xmpp:alt-connections:xbosh' href='http://" + origin + "/http-bind'/>");
    assertThat(node.get("/http-bind")).contains("'/http-bind' takes POST; got GET");
  }

  @Test
  void requestsAreTakenInTheOrderOfTheirNumbersAndOneThatComesAgainIsAnsweredAgain()
      throws Exception {
    try (BoshClient ana = new BoshClient(node);
        BoshClient bo = new BoshClient(node)) {
      assertThat(bo.open("wait='30' hold='1'"))
          .contains(" requests='2'", " hold='1'", " wait='30'", ">PLAIN</mechanism>")
          .doesNotContain("urn:xmpp:sm:3");
      bo.signIn("bo", "web");
      bo.next("", BoshClient.presence());
      ana.signIn("ana", "web");
      // The second before the first; each is executed once, however often it comes.
      long rid = ana.rid;
      CompletableFuture<String> second =
          ana.begin(rid + 2, "", BoshClient.message("bo", "2") + BoshClient.ping("second"));
      CompletableFuture<String> first =
          ana.begin(rid + 1, "", BoshClient.message("bo", "1") + BoshClient.ping("first"));
      String answer = first.join();
      assertThat(ana.begin(rid + 1, "", BoshClient.message("bo", "other")).join())
          .isEqualTo(answer);
      ana.rid = rid + 2;
      String all = answer;
      while (!all.contains("id='first'") || !all.contains("id='second'")) {
        // With a request more there is one too many, so the one before is answered.
        String more = ana.next("", "");
        all += (second == null ? "" : second.join()) + more;
        second = null;
      }
      assertThat(bo.until("<body>2</body>")).contains("<body>1</body><");
      assertThat(all).doesNotContain("terminate");
      // One that waits and comes again is answered there.
      CompletableFuture<String> cut;
      CompletableFuture<String> again;
      do {
        // There may be something to say meanwhile, which is then said to both.
        cut = bo.begin(++bo.rid, "", "");
        again = bo.begin(bo.rid, "", "");
      } while (!CompletableFuture.anyOf(cut, again).join().toString().contains("type='error'"));
      ana.next("", BoshClient.message("bo", "3") + BoshClient.ping("third"));
      all = cut.join() + again.join();
      assertThat(texts(all.contains("<body>3") ? all : all + bo.until("<body>3</body>")))
          .containsExactly("3");
    }
  }

  @Test
  void whoDoesNotKeepToTheNumbersIsToldThatThereIsNoSession() throws Exception {
    try (BoshClient cy = new BoshClient(node)) {
      cy.signIn("cy", "web");
      cy.rid += 5;
      assertThat(cy.next("", "")).contains("condition='item-not-found'");
      assertThat(cy.next("", "")).contains("type='terminate'", "condition='item-not-found'");
      cy.signIn("cy", "web");
      cy.rid -= 4;
      assertThat(cy.next("", "")).contains("condition='item-not-found'");
      cy.sid = "";
      assertThat(cy.begin(0, "to='localhost'", "").join()).contains("condition='bad-request'");
      assertThat(cy.next("to='localhost' wait='x'", "")).contains("condition='bad-request'");
      assertThat(cy.next("", "<a>")).contains("condition='bad-request'");
      cy.open("wait='30' hold='1'");
      assertThat(cy.next("", "<message xmlns='jabber:client' to='bo@localhost'/>"))
          .contains("condition='remote-stream-error'", "<not-authorized ");
      cy.open("wait='30' hold='1'");
      assertThat(cy.next("", "<a xmlns='x'>" + "a".repeat(20_000) + "</a>"))
          .contains("condition='policy-violation'");
      cy.signIn("cy", "web");
      assertThat(cy.next("type='terminate'", "")).contains("type='terminate'");
      assertThat(cy.next("", "")).contains("condition='item-not-found'");
    }
    assertThat(node.get("/metrics")).contains("thalweg_xmpp_bosh_sessions ");
  }

  @Test
  void anAnswerThatWasLostIsGivenAgainAndAfterARestartTheDeviceGoesOnWhereItWas() throws Exception {
    Path folder = data.resolve("restarted");
    String answers;
    try (TestNode before = TestNode.start(folder);
        BoshClient ed = new BoshClient(before);
        BoshClient flo = new BoshClient(before)) {
      flo.signIn("flo", "web");
      flo.next("", BoshClient.presence());
      ed.signIn("ed", "web");
      ed.next("", BoshClient.message("flo", "1") + BoshClient.ping("1"));
      answers = flo.until("<body>1</body>");
      assertThat(texts(answers)).containsExactly("1");
      // The answer with 1 has come, as is known by what is asked next; that with 2 is lost.
      CompletableFuture<String> waiting = flo.begin(++flo.rid, "", "");
      ed.next("", BoshClient.message("flo", "2") + BoshClient.ping("2"));
      String lost = waiting.join();
      while (!lost.contains("<body>2</body>")) {
        lost = flo.next("", "");
      }
      assertThat(flo.begin(flo.rid, "", "").join()).isEqualTo(lost);
      // The cursor of the device is moved when it is known what has come.
      while (!before
          .get("/v1/inboxes/flo/items?device=web")
          .matches("(?s)((?!\"MESSAGE\").)*\"MESSAGE\"((?!\"MESSAGE\").)*")) {
        Thread.sleep(20);
      }
    }
    try (TestNode after = TestNode.start(folder);
        BoshClient flo = new BoshClient(after)) {
      flo.sid = "ended";
      assertThat(flo.next("", "")).contains("condition='item-not-found'");
      flo.signIn("flo", "web");
      answers = flo.next("", BoshClient.presence());
      if (!answers.contains("<body>2</body>")) {
        answers += flo.until("<body>2</body>");
      }
      assertThat(texts(answers)).containsExactly("2");
    }
  }
}
