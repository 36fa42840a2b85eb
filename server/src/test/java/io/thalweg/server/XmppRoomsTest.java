package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jivesoftware.smack.ConnectionConfiguration.SecurityMode;
import org.jivesoftware.smack.XMPPException.XMPPErrorException;
import org.jivesoftware.smack.filter.StanzaTypeFilter;
import org.jivesoftware.smack.packet.Message;
import org.jivesoftware.smack.packet.Presence;
import org.jivesoftware.smack.packet.StanzaError;
import org.jivesoftware.smack.roster.Roster;
import org.jivesoftware.smack.tcp.XMPPTCPConnection;
import org.jivesoftware.smack.tcp.XMPPTCPConnectionConfiguration;
import org.jivesoftware.smackx.delay.packet.DelayInformation;
import org.jivesoftware.smackx.mam.MamManager;
import org.jivesoftware.smackx.muc.Affiliate;
import org.jivesoftware.smackx.muc.MultiUserChat;
import org.jivesoftware.smackx.muc.MultiUserChatManager;
import org.jivesoftware.smackx.muc.RoomInfo;
import org.jivesoftware.smackx.muc.packet.GroupChatInvitation;
import org.jivesoftware.smackx.muc.packet.MUCUser;
import org.jivesoftware.smackx.ping.PingManager;
import org.jivesoftware.smackx.ping.packet.Ping;
import org.jivesoftware.smackx.sid.element.StanzaIdElement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jxmpp.jid.EntityBareJid;
import org.jxmpp.jid.impl.JidCreate;
import org.jxmpp.jid.parts.Resourcepart;
import org.jxmpp.stringprep.XmppStringprepException;

/** Groups of messaging as rooms of XMPP (XEP-0045), to Smack as it is; and the archives. */
class XmppRoomsTest {
  private static final long WAIT_S = 90;

  @TempDir static Path data;
  private static TestNode node;

  @BeforeAll
  static void start() throws Exception {
    node = TestNode.start(data);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  /** A client of Smack. */
  private static final class Client implements AutoCloseable {
    final XMPPTCPConnection connection;
    final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    final BlockingQueue<Presence> presences = new LinkedBlockingQueue<>();

    Client(String user) throws Exception {
      this(user, "phone");
    }

    Client(String user, String device) throws Exception {
      connection =
          new XMPPTCPConnection(
              XMPPTCPConnectionConfiguration.builder()
                  .setXmppDomain("localhost")
                  .setHost("127.0.0.1")
                  .setPort(node.xmppPort())
                  .setUsernameAndPassword(user, "anonymous")
                  .setResource(device)
                  .setSecurityMode(SecurityMode.disabled)
                  .build());
      connection.setReplyTimeout(TimeUnit.SECONDS.toMillis(WAIT_S));
      connection.addStanzaListener(
          stanza -> messages.add((Message) stanza), StanzaTypeFilter.MESSAGE);
      connection.addStanzaListener(
          stanza -> presences.add((Presence) stanza), StanzaTypeFilter.PRESENCE);
      Roster.getInstanceFor(connection).setSubscriptionMode(Roster.SubscriptionMode.manual);
      connection.connect();
      connection.login();
    }

    MultiUserChat room(String name) throws XmppStringprepException {
      MultiUserChatManager rooms = MultiUserChatManager.getInstanceFor(connection);
      return rooms.getMultiUserChat(JidCreate.entityBareFrom(name + "@conference.localhost"));
    }

    /** The room, which the client has entered, with so many messages of before. */
    MultiUserChat in(String name, String nick, int history) throws Exception {
      MultiUserChat room = room(name);
      room.join(
          room.getEnterConfigurationBuilder(Resourcepart.from(nick))
              .requestMaxStanzasHistory(history)
              .build());
      return room;
    }

    void say(String to, String text) throws Exception {
      connection.sendStanza(
          connection
              .getStanzaFactory()
              .buildMessageStanza()
              .to(JidCreate.entityBareFrom(to + "@localhost"))
              .ofType(Message.Type.chat)
              .setBody(text)
              .build());
    }

    Message next(Predicate<Message> wanted) throws InterruptedException {
      while (true) {
        Message message = messages.poll(WAIT_S, TimeUnit.SECONDS);
        Objects.requireNonNull(message, "no such message came");
        if (wanted.test(message)) {
          return message;
        }
      }
    }

    /** The next message that says something. */
    Message next() throws InterruptedException {
      return next(message -> message.getBody() != null);
    }

    Presence presence(Predicate<Presence> wanted) throws InterruptedException {
      while (true) {
        Presence presence = presences.poll(WAIT_S, TimeUnit.SECONDS);
        Objects.requireNonNull(presence, "no such presence came");
        if (wanted.test(presence)) {
          return presence;
        }
      }
    }

    @Override
    public void close() {
      connection.disconnect();
    }
  }

  private static MultiUserChat made(Client by, String name) throws Exception {
    MultiUserChat room = by.room(name);
    room.create(Resourcepart.from(by.connection.getUser().getLocalpart().toString())).makeInstant();
    return room;
  }

  private static EntityBareJid address(String user) throws XmppStringprepException {
    return JidCreate.entityBareFrom(user + "@localhost");
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  private static void refused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable what, StanzaError.Condition with) {
    assertThatThrownBy(what)
        .isInstanceOfSatisfying(
            XMPPErrorException.class,
            error -> assertThat(error.getStanzaError().getCondition()).isEqualTo(with));
  }

  @Test
  void smackMakesARoomAndManyTalkInIt() throws Exception {
    try (Client ana = new Client("ana");
        Client bo = new Client("bo")) {
      assertThat(MultiUserChatManager.getInstanceFor(ana.connection).getMucServiceDomains())
          .hasToString("[conference.localhost]");
      MultiUserChat room = made(ana, "team");
      room.sendMessage("before");
      assertThat(ana.next().getBody()).isEqualTo("before");
      RoomInfo info =
          MultiUserChatManager.getInstanceFor(bo.connection).getRoomInfo(room.getRoom());
      assertThat(info.isMembersOnly()).isFalse();
      assertThat(info.isPersistent()).isTrue();

      MultiUserChat his = bo.in("team", "Bobby", 20);
      Message before = bo.next();
      assertThat(before.getBody()).isEqualTo("before");
      assertThat(DelayInformation.from(before)).isNotNull();
      await(() -> room.getOccupantsCount() == 2 && his.getOccupantsCount() == 2);
      his.sendMessage("hello");
      for (Client each : List.of(ana, bo)) {
        Message heard = each.next();
        assertThat(heard.getBody()).isEqualTo("hello");
        assertThat(heard.getFrom().toString()).isEqualTo("team@conference.localhost/Bobby");
        assertThat(heard.getType()).isEqualTo(Message.Type.groupchat);
        assertThat(StanzaIdElement.getStanzaId(heard).getId()).isEqualTo("2~team");
      }
      // What is said by JSON is heard in the room, and what is said there is read by JSON.
      node.post(
          "/v1/conversations/team/messages",
          "{\"user\":\"ana\",\"device\":\"web\",\"clientMessageId\":\"1\",\"content\":{\"text\":\"by"
              + " JSON\"}}");
      assertThat(bo.next().getBody()).isEqualTo("by JSON");
      assertThat(node.get("/v1/conversations/team/messages?user=ana"))
          .contains("\"text\":\"hello\"", "\"senderName\":\"Bobby\"");

      room.changeSubject("All of us");
      await(() -> "All of us".equals(his.getSubject()));
      refused(() -> his.changeSubject("Mine"), StanzaError.Condition.forbidden);
      his.changeNickname(Resourcepart.from("Rob"));
      await(() -> room.getOccupants().toString().contains("/Rob"));
      refused(() -> his.changeNickname(Resourcepart.from("ana")), StanzaError.Condition.conflict);
      his.leave();
      await(() -> room.getOccupantsCount() == 1);
      // Who has left the room is a member still, and enters it again.
      assertThat(node.get("/v1/conversations/team?user=bo")).contains("\"members\":2");
      bo.in("team", "bo", 0);
    }
  }

  @Test
  void rolesAreThoseOfTheGroup() throws Exception {
    try (Client cy = new Client("cy");
        Client di = new Client("di")) {
      MultiUserChat room = made(cy, "hall");
      MultiUserChat hers = di.in("hall", "Di", 0);
      await(() -> room.getOccupantsCount() == 2);
      refused(
          () -> hers.kickParticipant(Resourcepart.from("cy"), "no"),
          StanzaError.Condition.forbidden);
      room.kickParticipant(Resourcepart.from("Di"), "enough");
      Presence gone = di.presence(each -> each.getType() == Presence.Type.unavailable);
      MUCUser why = Objects.requireNonNull(MUCUser.from(gone));
      assertThat(why.getStatus()).contains(MUCUser.Status.KICKED_307);
      assertThat(why.getItem().getReason()).isEqualTo("enough");
      await(() -> room.getOccupantsCount() == 1);
      di.in("hall", "Di", 0);
      room.revokeVoice(Resourcepart.from("Di"));
      hers.sendMessage("may I?");
      assertThat(di.next(each -> each.getError() != null).getError().getCondition())
          .isEqualTo(StanzaError.Condition.forbidden);
      room.grantVoice(Resourcepart.from("Di"));
      hers.sendMessage("thank you");
      assertThat(cy.next().getBody()).isEqualTo("thank you");
      room.grantAdmin(address("di"));
      assertThat(hers.getOwners()).extracting(Affiliate::getJid).hasToString("[cy@localhost]");
      room.banUser(address("di"), "for good");
      gone = di.presence(each -> each.getType() == Presence.Type.unavailable);
      assertThat(Objects.requireNonNull(MUCUser.from(gone)).getStatus())
          .contains(MUCUser.Status.BANNED_301);
      refused(() -> di.in("hall", "Di", 0), StanzaError.Condition.forbidden);
      assertThat(room.getOutcasts()).extracting(Affiliate::getJid).hasToString("[di@localhost]");
      // What is done elsewhere is seen in the room.
      room.grantMembership(address("di"));
      assertThat(room.getOutcasts()).isEmpty();
      di.in("hall", "Di", 0);
      await(() -> room.getOccupantsCount() == 2);
      node.post("/v1/conversations/hall:removeMember", "{\"user\":\"cy\",\"member\":\"di\"}");
      di.presence(each -> each.getType() == Presence.Type.unavailable);
      await(() -> room.getOccupantsCount() == 1);
    }
  }

  @Test
  void whoIsInvitedToAClosedRoomHearsOfItLaterToo() throws Exception {
    try (Client ed = new Client("ed")) {
      MultiUserChat room = ed.room("vault");
      MultiUserChat.MucCreateConfigFormHandle handle = room.create(Resourcepart.from("ed"));
      handle
          .getConfigFormManager()
          .makeMembersOnly()
          .setRoomName("The vault")
          .submitConfigurationForm();
      try (Client flo = new Client("flo")) {
        RoomInfo info =
            MultiUserChatManager.getInstanceFor(flo.connection).getRoomInfo(room.getRoom());
        assertThat(info.isMembersOnly()).isTrue();
        refused(() -> flo.in("vault", "flo", 0), StanzaError.Condition.registration_required);
      }
      room.invite(address("flo"), "come in");
      try (Client flo = new Client("flo")) {
        Message invited = flo.next(each -> GroupChatInvitation.from(each) != null);
        MUCUser x = Objects.requireNonNull(MUCUser.from(invited));
        assertThat(x.getInvite().getFrom().toString()).isEqualTo("ed@localhost");
        assertThat(x.getInvite().getReason()).isEqualTo("come in");
        MultiUserChat hers = flo.in("vault", "flo", 0);
        await(() -> "The vault".equals(hers.getSubject()));
        hers.sendMessage("here");
        assertThat(ed.next().getBody()).isEqualTo("here");
        // Nothing is said in private by way of the room.
        hers.createPrivateChat(JidCreate.entityFullFrom("vault@conference.localhost/ed"), null)
            .sendMessage("psst");
        assertThat(flo.next(each -> each.getError() != null).getError().getCondition())
            .isEqualTo(StanzaError.Condition.not_allowed);
        Ping ping = new Ping(JidCreate.from("vault@conference.localhost/flo"));
        flo.connection.sendIqRequestAndWaitForResponse(ping);
        hers.leave();
        refused(
            () -> flo.connection.sendIqRequestAndWaitForResponse(ping),
            StanzaError.Condition.not_acceptable);
        room.destroy("done", null);
        refused(() -> flo.in("vault", "flo", 0), StanzaError.Condition.registration_required);
      }
    }
  }

  @Test
  void eachMessageOfARoomComesOnceInOrderWhenTheStreamIsCut() throws Exception {
    try (Client gus = new Client("gus");
        Client hal = new Client("hal")) {
      MultiUserChat room = made(gus, "cut");
      hal.in("cut", "hal", 0);
      for (int round = 0; round < 3; round++) {
        hal.connection.instantShutdown();
        for (int i = 0; i < 20; i++) {
          room.sendMessage(round + "." + i);
        }
        hal.connection.connect();
        hal.connection.login();
        assertThat(hal.connection.streamWasResumed()).isTrue();
        for (int i = 0; i < 20; i++) {
          assertThat(hal.next().getBody()).isEqualTo(round + "." + i);
        }
      }
      assertThat(room.getOccupantsCount()).isEqualTo(2);
    }
  }

  @Test
  void nothingFallsBetweenHistoryAndWhatIsSaidWhileAClientEnters() throws Exception {
    try (Client ivy = new Client("ivy");
        Client jon = new Client("jon")) {
      MultiUserChat room = made(ivy, "busy");
      AtomicBoolean over = new AtomicBoolean();
      Thread talker =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (int i = 0; !over.get(); i++) {
                    room.sendMessage("" + i);
                    TimeUnit.MILLISECONDS.sleep(2);
                  }
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      try {
        for (int round = 0; round < 10; round++) {
          MultiUserChat his = jon.in("busy", "jon", 10);
          int before = Integer.parseInt(jon.next().getBody());
          for (int i = 0; i < 20; i++) {
            int now = Integer.parseInt(jon.next().getBody());
            assertThat(now).isEqualTo(before + 1);
            before = now;
          }
          his.leave();
          PingManager.getInstanceFor(jon.connection).pingMyServer();
          jon.messages.clear();
        }
      } finally {
        over.set(true);
        assertThat(talker.join(Duration.ofSeconds(WAIT_S))).isTrue();
      }
    }
  }

  private static List<String> all(MamManager archive, int size) throws Exception {
    List<String> all = new ArrayList<>();
    MamManager.MamQuery page =
        archive.queryArchive(MamManager.MamQueryArgs.builder().setResultPageSizeTo(size).build());
    page.getMessages().forEach(message -> all.add(message.getBody()));
    while (!page.isComplete()) {
      page.pageNext(size).forEach(message -> all.add(message.getBody()));
    }
    return all;
  }

  private static List<String> allBackwards(MamManager archive, int size) throws Exception {
    List<String> all = new ArrayList<>();
    MamManager.MamQuery page =
        archive.queryArchive(
            MamManager.MamQueryArgs.builder().setResultPageSizeTo(size).queryLastPage().build());
    page.getMessages().forEach(message -> all.add(message.getBody()));
    while (!page.isComplete()) {
      List<String> more = new ArrayList<>();
      page.pagePrevious(size).forEach(message -> more.add(message.getBody()));
      all.addAll(0, more);
    }
    return all;
  }

  @Test
  void archivesOfARoomAndOfAllConversationsAreReadByPageInBothDirections() throws Exception {
    try (Client kim = new Client("kim");
        Client lea = new Client("lea");
        Client max = new Client("max")) {
      MultiUserChat room = made(kim, "library");
      List<String> direct = new ArrayList<>();
      List<String> group = new ArrayList<>();
      for (int i = 0; i < 23; i++) {
        switch (i % 4) {
          case 0 -> {
            room.sendMessage("room " + i);
            assertThat(kim.next().getBody()).isEqualTo("room " + i);
            group.add("room " + i);
          }
          case 1 -> {
            kim.say("lea", "lea " + i);
            assertThat(lea.next().getBody()).isEqualTo("lea " + i);
            direct.add("lea " + i);
          }
          default -> {
            max.say("kim", "max " + i);
            assertThat(kim.next().getBody()).isEqualTo("max " + i);
            direct.add("max " + i);
          }
        }
      }
      MamManager whole = MamManager.getInstanceFor(kim.connection);
      assertThat(whole.isSupported()).isTrue();
      MamManager ofRoom = MamManager.getInstanceFor(room);
      assertThat(ofRoom.isSupported()).isTrue();
      MamManager foreign = MamManager.getInstanceFor(max.room("library"));
      max.in("library", "max", 0);
      assertThat(foreign.isSupported()).isTrue();
      room.banUser(address("max"), null);
      await(() -> {
        try {
          return all(whole, 50).size() == direct.size();
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      });
      for (int size : new int[] {1, 2, 5, 50}) {
        assertThat(all(whole, size)).containsExactlyElementsOf(direct);
        assertThat(allBackwards(whole, size)).containsExactlyElementsOf(direct);
        assertThat(all(ofRoom, size)).containsExactlyElementsOf(group);
        assertThat(allBackwards(ofRoom, size)).containsExactlyElementsOf(group);
      }
      refused(() -> all(foreign, 5), StanzaError.Condition.forbidden);
    }
  }
}
