package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.linecorp.armeria.common.TlsKeyPair;
import io.thalweg.gateway.Security;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jivesoftware.smack.ConnectionConfiguration.SecurityMode;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.roster.Roster;
import org.jivesoftware.smack.tcp.XMPPTCPConnection;
import org.jivesoftware.smack.tcp.XMPPTCPConnectionConfiguration;
import org.jivesoftware.smackx.blocking.BlockingCommandManager;
import org.jivesoftware.smackx.carbons.CarbonManager;
import org.jivesoftware.smackx.carbons.packet.CarbonExtension;
import org.jivesoftware.smackx.disco.ServiceDiscoveryManager;
import org.jivesoftware.smackx.mam.MamManager;
import org.jivesoftware.smackx.ping.PingManager;
import org.jivesoftware.smackx.receipts.DeliveryReceipt;
import org.jivesoftware.smackx.receipts.DeliveryReceiptRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jxmpp.jid.EntityBareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.stringprep.XmppStringprepException;

/** Messaging by XMPP: its clients as they are. */
class XmppClientsTest {
  private static final long WAIT_S = 90;

  @TempDir static Path data;
  private static TestNode node;
  private static TestNode secured;

  @BeforeAll
  static void start() throws Exception {
    node = TestNode.start(data.resolve("open"));
    TlsKeyPair pair = TlsKeyPair.ofSelfSigned("localhost");
    UpSecurity security =
        new UpSecurity(
            false,
            write("cert.pem", "CERTIFICATE", pair.certificateChain().getFirst().getEncoded()),
            write("key.pem", "PRIVATE KEY", pair.privateKey().getEncoded()),
            null,
            false,
            null,
            UpSecurity.DEFAULT_AUDIENCE,
            null,
            Security.Limits.NONE,
            Set.of());
    secured = TestNode.start(data.resolve("secured"), 0, security);
  }

  @AfterAll
  static void stop() {
    node.close();
    secured.close();
  }

  private static Path write(String file, String what, byte[] der) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return Files.writeString(
        data.resolve(file),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, text, what));
  }

  /** A client of Smack. */
  private static final class Client implements AutoCloseable {
    final XMPPTCPConnection connection;
    final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();

    Client(String user, String device) throws Exception {
      this(node, user, device);
    }

    /** Cuts the connection; its writer is gone, which would blame what it meets on the next one. */
    void cut() throws InterruptedException {
      connection.instantShutdown();
      String writer = "Smack Writer (" + connection.getConnectionCounter() + ")";
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().equals(writer)) {
          thread.join();
        }
      }
    }

    Client(TestNode of, String user, String device) throws Exception {
      connection =
          new XMPPTCPConnection(
              XMPPTCPConnectionConfiguration.builder()
                  .setXmppDomain("localhost")
                  .setHost("127.0.0.1")
                  .setPort(of.xmppPort())
                  .setUsernameAndPassword(user, "anonymous")
                  .setResource(device)
                  .setSecurityMode(SecurityMode.disabled)
                  .build());
      connection.setReplyTimeout(TimeUnit.SECONDS.toMillis(WAIT_S));
      // In the order in which they come.
      connection.addStanzaListener(
          stanza -> messages.add((Message) stanza), stanza -> stanza instanceof Message);
      Roster.getInstanceFor(connection).setSubscriptionMode(Roster.SubscriptionMode.manual);
      connection.connect();
      connection.login();
    }

    String say(String to, String text) throws Exception {
      Message message =
          connection
              .getStanzaFactory()
              .buildMessageStanza()
              .to(address(to))
              .ofType(Message.Type.chat)
              .setBody(text)
              .addExtension(new DeliveryReceiptRequest())
              .build();
      connection.sendStanza(message);
      return message.getStanzaId();
    }

    /** The next message that says something. */
    Message next() throws InterruptedException {
      while (true) {
        Message message = messages.poll(WAIT_S, TimeUnit.SECONDS);
        Objects.requireNonNull(message, "no message came");
        if (message.getBody() != null) {
          return message;
        }
      }
    }

    /** The next message with something in it. */
    Message next(String element, String namespace) throws InterruptedException {
      while (true) {
        Message message = messages.poll(WAIT_S, TimeUnit.SECONDS);
        Objects.requireNonNull(message, "no " + element + " came");
        if (message.getExtensionElement(element, namespace) != null) {
          return message;
        }
      }
    }

    @Override
    public void close() {
      connection.disconnect();
    }
  }

  private static EntityBareJid address(String user) throws XmppStringprepException {
    return JidCreate.entityBareFrom(user + "@localhost");
  }

  @Test
  void smackTalksWhetherTheOtherOneIsThereOrComesLater() throws Exception {
    try (Client ana = new Client("ana", "phone")) {
      for (int i = 0; i < 20; i++) {
        ana.say("bo", "before " + i);
      }
      try (Client bo = new Client("bo", "desk")) {
        for (int i = 0; i < 20; i++) {
          assertThat(bo.next().getBody()).isEqualTo("before " + i);
        }
        String id = ana.say("bo", "now <&>\"' \u00e9 \ud83d\ude00");
        Message now = bo.next();
        assertThat(now.getBody()).isEqualTo("now <&>\"' \u00e9 \ud83d\ude00");
        assertThat(now.getStanzaId()).isEqualTo(id);
        assertThat(now.getFrom().toString()).isEqualTo("ana@localhost/phone");
        // What has reached a device is a receipt.
        Message receipt;
        do {
          receipt = ana.next("received", DeliveryReceipt.NAMESPACE);
        } while (!DeliveryReceipt.from(receipt).getId().equals(id));
        assertThat(receipt.getFrom().toString()).isEqualTo("bo@localhost");
        // What was said by JSON is there too.
        assertThat(
                node.post(
                    "/v1/conversations/direct~ana~bo/messages",
                    "{\"user\":\"ana\",\"device\":\"web\",\"clientMessageId\":\"1\",\"content\":{\"text\":\"by"
                        + " JSON\"}}"))
            .contains("\"seq\":\"22\"");
        assertThat(bo.next().getBody()).isEqualTo("by JSON");
        // Smack counts a stanza only after it has handed it out: who leaves before has not had it.
        awaitAcknowledged("bo", "desk");
      }
      // Each message once: a device that comes back is told what it has not had.
      ana.say("bo", "later");
      try (Client bo = new Client("bo", "desk")) {
        assertThat(bo.next().getBody()).isEqualTo("later");
      }
    }
  }

  /** Waits until a device has nothing of its inbox before it. */
  private static void awaitAcknowledged(String user, String device) throws Exception {
    String items = "/v1/inboxes/" + user + "/items?device=" + device;
    for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
        node.get(items).contains("\"MESSAGE\"") && System.nanoTime() < end; ) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertThat(node.get(items)).doesNotContain("\"MESSAGE\"");
  }

  @Test
  void smackHasRosterPresenceCarbonsArchiveBlockingDiscoAndPing() throws Exception {
    try (Client cy = new Client("cy", "phone");
        Client desk = new Client("cy", "desk");
        Client di = new Client("di", "phone")) {
      CarbonManager.getInstanceFor(desk.connection).enableCarbons();
      cy.say("di", "hello");
      assertThat(di.next().getBody()).isEqualTo("hello");
      Message carbon = desk.next(CarbonExtension.Direction.sent.name(), CarbonExtension.NAMESPACE);
      assertThat(CarbonExtension.from(carbon).getForwarded().getForwardedStanza().getBody())
          .isEqualTo("hello");

      Roster roster = Roster.getInstanceFor(di.connection);
      roster.reloadAndWait();
      assertThat(roster.contains(address("cy"))).isTrue();
      for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
          roster.getPresences(address("cy")).size() < 2 && System.nanoTime() < end; ) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      assertThat(roster.getPresence(address("cy")).isAvailable()).isTrue();
      assertThat(roster.getPresences(address("cy"))).hasSize(2);

      assertThat(PingManager.getInstanceFor(cy.connection).pingMyServer()).isTrue();
      ServiceDiscoveryManager disco = ServiceDiscoveryManager.getInstanceFor(cy.connection);
      assertThat(disco.serverSupportsFeature("urn:xmpp:carbons:2")).isTrue();

      for (int i = 1; i < 8; i++) {
        cy.say("di", "more " + i);
        assertThat(di.next().getBody()).isEqualTo("more " + i);
      }
      MamManager archive = MamManager.getInstanceFor(di.connection);
      assertThat(archive.isSupported()).isTrue();
      MamManager.MamQuery newest =
          archive.queryArchive(
              MamManager.MamQueryArgs.builder()
                  .limitResultsToJid(address("cy"))
                  .setResultPageSizeTo(3)
                  .queryLastPage()
                  .build());
      assertThat(newest.getMessages())
          .extracting(Message::getBody)
          .containsExactly("more 5", "more 6", "more 7");
      assertThat(newest.isComplete()).isFalse();
      List<String> all = new ArrayList<>();
      MamManager.MamQuery page =
          archive.queryArchive(
              MamManager.MamQueryArgs.builder()
                  .limitResultsToJid(address("cy"))
                  .setResultPageSizeTo(3)
                  .build());
      page.getMessages().forEach(message -> all.add(message.getBody()));
      while (!page.isComplete()) {
        page.pageNext(3).forEach(message -> all.add(message.getBody()));
      }
      assertThat(all)
          .containsExactly(
              "hello", "more 1", "more 2", "more 3", "more 4", "more 5", "more 6", "more 7");

      BlockingCommandManager blocking = BlockingCommandManager.getInstanceFor(di.connection);
      blocking.blockContacts(List.of(address("cy")));
      assertThat(blocking.getBlockList()).hasToString("[cy@localhost]");
      Message refused;
      do {
        cy.say("di", "are you there?");
        refused = cy.messages.poll(1, TimeUnit.SECONDS);
        // Until the block has come to the conversation, messages go through.
      } while (refused == null || refused.getError() == null);
      assertThat(refused.getError().getCondition()).hasToString("forbidden");
    }
  }

  @Test
  void aStreamThatWasCutIsResumedWithoutLossOrRepetition() throws Exception {
    try (Client ed = new Client("ed", "phone");
        Client flo = new Client("flo", "phone")) {
      assertThat(flo.connection.isSmResumptionPossible()).isTrue();
      ed.say("flo", "0");
      assertThat(flo.next().getBody()).isEqualTo("0");
      for (int round = 0; round < 3; round++) {
        flo.cut();
        for (int i = 1; i <= 20; i++) {
          ed.say("flo", round + "." + i);
        }
        flo.connection.connect();
        flo.connection.login();
        assertThat(flo.connection.streamWasResumed()).isTrue();
        for (int i = 1; i <= 20; i++) {
          assertThat(flo.next().getBody()).isEqualTo(round + "." + i);
        }
      }
    }
  }

  @Test
  void whatWasReceivedIsNotSaidAgainAfterARestartAndNothingIsLost() throws Exception {
    Path folder = data.resolve("restarted");
    TestNode first = TestNode.start(folder);
    try (Client ivy = new Client(first, "ivy", "phone");
        Client jon = new Client(first, "jon", "phone")) {
      String last = "";
      for (int i = 0; i < 10; i++) {
        last = ivy.say("jon", "first " + i);
        assertThat(jon.next().getBody()).isEqualTo("first " + i);
      }
      // The receipt says that the cursor of the device is beyond it.
      Message receipt;
      do {
        receipt = ivy.next("received", DeliveryReceipt.NAMESPACE);
      } while (!DeliveryReceipt.from(receipt).getId().equals(last));
      jon.connection.instantShutdown();
      for (int i = 0; i < 10; i++) {
        last = ivy.say("jon", "second " + i);
      }
      // What the server has acknowledged is durable: the answer to the ping comes after it.
      assertThat(PingManager.getInstanceFor(ivy.connection).pingMyServer()).isTrue();
      assertThat(first.get("/v1/conversations/direct~ivy~jon?user=ivy"))
          .contains("\"lastSeq\":\"20\"");
    } finally {
      first.close();
    }
    try (TestNode second = TestNode.start(folder);
        Client jon = new Client(second, "jon", "phone")) {
      for (int i = 0; i < 10; i++) {
        assertThat(jon.next().getBody()).isEqualTo("second " + i);
      }
    }
  }

  /** A stream by its bytes: all that the server says to what is sent, until it closes. */
  private static String answers(TestNode of, String... sent) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", of.xmppPort())) {
      socket.setSoTimeout(90_000);
      for (String each : sent) {
        socket.getOutputStream().write(each.getBytes(StandardCharsets.UTF_8));
      }
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static final String HEAD =
      "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
          + " to='localhost' version='1.0'>";

  @Test
  void whatIsNotTheProtocolIsAnsweredCountedAndClosed() throws Exception {
    assertThat(answers(node, HEAD, "<a b='1' b='2'/>"))
        .contains("<mechanism>PLAIN</mechanism>", "<not-well-formed ", "</stream:stream>");
    assertThat(answers(node, HEAD, "<!-- hidden -->")).contains("<restricted-xml ");
    assertThat(answers(node, HEAD, "<auth " + "a".repeat(20_000))).contains("<policy-violation ");
    assertThat(answers(node, HEAD, "<message to='bo@localhost'/>")).contains("<not-authorized ");
    assertThat(answers(node, HEAD.replace("localhost", "&amp;"))).contains("<host-unknown ");
    assertThat(answers(secured, HEAD, "<iq type='get' id='1'/>"))
        .contains("<required/>", "<policy-violation ")
        .doesNotContain("PLAIN");
    String wrong =
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
            + Base64.getEncoder().encodeToString("\0bo\0wrong".getBytes(StandardCharsets.UTF_8))
            + "</auth>";
    assertThat(answers(node, HEAD, wrong, wrong, wrong))
        .contains("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
        .contains("too many tries");
    assertThat(node.get("/metrics"))
        .contains("thalweg_xmpp_stream_errors_total{condition=\"not-well-formed\"}")
        .contains("thalweg_xmpp_signins_refused_total 3.0");
  }

  // Two users, by TCP and STARTTLS; one asks the other, who answers.
  private static final String TALK =
      """
      const {client, xml} = require('@xmpp/client');
      const service = 'xmpp://127.0.0.1:' + process.argv[1];
      const open = username => client({service, domain: 'localhost', username, password: 'anonymous', resource: 'node'});
      const gus = open('gus'), hal = open('hal');
      for (const who of [gus, hal]) who.on('error', e => { console.log('error', e.message); process.exit(1); });
      let said = 0; const heard = [];
      hal.on('stanza', s => {
        if (s.is('message') && s.getChild('body'))
          hal.send(xml('message', {to: s.attrs.from, type: 'chat'}, xml('body', {}, 'heard ' + s.getChildText('body'))));
      });
      gus.on('stanza', s => {
        if (s.is('message') && s.getChild('body') && heard.push(s.getChildText('body')) == 50) {
          console.log(JSON.stringify(heard.every((text, i) => text == 'heard ' + i)));
          Promise.all([gus.stop(), hal.stop()]).then(() => process.exit(0));
        }
      });
      (async () => {
        await hal.start(); await hal.send(xml('presence'));
        await gus.start(); await gus.send(xml('presence'));
        for (; said < 50; said++)
          await gus.send(xml('message', {to: 'hal@localhost', type: 'chat'}, xml('body', {}, String(said))));
        setTimeout(() => { console.log('heard', heard.length); process.exit(1); }, 90000);
      })();
      """;

  @Test
  void theNodeClientTalks() throws Exception {
    boolean there = works("node", "-e", "require('@xmpp/client')");
    if (!there) {
      System.err.println("SKIPPED: no @xmpp/client that node finds (NODE_PATH) to try with");
    }
    assumeTrue(there, "@xmpp/client is not installed");
    Process process =
        tolerant("node", "--no-warnings", "-e", TALK, Integer.toString(secured.xmppPort())).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(out.lines().toList()).last().isEqualTo("true");
  }

  @Test
  void goSendxmppSendsAndListensByStartTlsAndByTlsFromTheFirstByteOn() throws Exception {
    boolean there = works("go-sendxmpp", "--version");
    if (!there) {
      System.err.println("SKIPPED: no go-sendxmpp to try with");
    }
    assumeTrue(there, "go-sendxmpp is not installed");
    Process listening = goSendxmpp("lea", "--listen").start();
    try (BufferedReader heard = listening.inputReader(StandardCharsets.UTF_8)) {
      for (boolean direct : List.of(false, true)) {
        String how = direct ? "--tls" : "--tls-version=12";
        Process sending = goSendxmpp("kit", how, "lea@localhost").start();
        try (Writer out = sending.outputWriter(StandardCharsets.UTF_8)) {
          out.write("hello " + how + "\n");
        }
        String said = new String(sending.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(sending.waitFor()).as(said).isZero();
        String line = heard.readLine();
        while (line != null && !line.contains("hello")) {
          line = heard.readLine();
        }
        assertThat(line).contains("kit@localhost", "hello " + how);
      }
    } finally {
      listening.destroyForcibly().waitFor();
    }
  }

  private static ProcessBuilder goSendxmpp(String user, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "go-sendxmpp",
                "--no-tls-verify",
                "--timeout=60",
                "--username=" + user + "@localhost",
                "--password=anonymous",
                "--jserver=127.0.0.1:" + secured.xmppPort()));
    command.addAll(List.of(more));
    return new ProcessBuilder(command).redirectErrorStream(true);
  }

  /** What takes the certificate of the test for good. */
  private static ProcessBuilder tolerant(String... command) {
    ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(true);
    process.environment().put("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    return process;
  }

  private static boolean works(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException notInstalled) {
      return false;
    }
  }
}
