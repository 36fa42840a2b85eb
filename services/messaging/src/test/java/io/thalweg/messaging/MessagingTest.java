package io.thalweg.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import com.google.rpc.Code;
import io.thalweg.messaging.v1.Attachment;
import io.thalweg.messaging.v1.Content;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.GetMessagesRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.ListChatsResponse;
import io.thalweg.messaging.v1.ListMembersResponse;
import io.thalweg.messaging.v1.MarkReadResponse;
import io.thalweg.messaging.v1.Member;
import io.thalweg.messaging.v1.Message;
import io.thalweg.messaging.v1.RemoveDeviceRequest;
import io.thalweg.messaging.v1.RemoveDeviceResponse;
import io.thalweg.messaging.v1.SendMessageRequest;
import io.thalweg.messaging.v1.SendMessageResponse;
import io.thalweg.runtime.WatchStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the service promises, on a node of three partitions. */
@Timeout(180)
class MessagingTest {
  private static final String BOTH = "direct~ana~bo";

  @TempDir Path data;
  private Chatting chat;

  @BeforeEach
  void open() {
    chat = new Chatting(data);
  }

  @AfterEach
  void close() {
    chat.close();
  }

  @Test
  void aMessageIsInTheInboxOfBothAndIsThereAfterARestart() throws Exception {
    assertThat(chat.send(BOTH, "ana", "1", "Hello").getSeq()).isEqualTo(1);
    chat.restart();
    InboxItem item = chat.awaitMessage("bo", BOTH, 1);
    assertThat(item.getActor()).isEqualTo("ana");
    assertThat(item.getUnread()).isEqualTo(1);
    assertThat(chat.awaitMessage("ana", BOTH, 1).getUnread()).isZero();
    assertThat(chat.texts(BOTH, "bo")).containsExactly("Hello");
  }

  @Test
  void theSameClientMessageIdIsSentOnceAlsoAfterARestart() {
    SendMessageResponse first = chat.send(BOTH, "ana", "1", "Hello");
    assertThat(first.getDuplicate()).isFalse();
    chat.restart();
    SendMessageResponse again = chat.send(BOTH, "ana", "1", "Hello");
    assertThat(again.getDuplicate()).isTrue();
    assertThat(again.getSeq()).isEqualTo(first.getSeq());
    assertThat(again.getTime()).isEqualTo(first.getTime());
    SendMessageRequest otherDevice =
        Requests.send(BOTH, "ana", "1", "Hello").toBuilder().setDevice("desk").build();
    assertThat(chat.call(otherDevice, SendMessageResponse.class).getSeq()).isEqualTo(2);
    assertThat(chat.texts(BOTH, "ana")).hasSize(2);
  }

  @Test
  void eachDeviceCatchesUpFromItsOwnCursor() throws Exception {
    for (int i = 1; i <= 3; i++) {
      chat.send(BOTH, "ana", "m" + i, "text " + i);
    }
    chat.awaitMessage("bo", BOTH, 3);
    List<InboxItem> phone = chat.read("bo", "phone");
    assertThat(phone).extracting(InboxItem::getSeq).containsExactly(1L, 2L, 3L);
    assertThat(phone).extracting(InboxItem::getAfterSeq).containsExactly(0L, 1L, 2L);
    chat.ack("bo", "phone", phone.get(1).getOrder());
    chat.ack("bo", "phone", phone.get(0).getOrder());
    chat.restart();
    assertThat(chat.read("bo", "phone")).containsExactly(phone.get(2));
    assertThat(chat.read("bo", "desk")).isEqualTo(phone);
  }

  @Test
  void aWatchThatBeginsWhereAReadEndedMissesAndRepeatsNothing() throws Exception {
    chat.send(BOTH, "ana", "1", "one");
    chat.awaitMessage("bo", BOTH, 1);
    try (WatchStream watch = chat.watch("bo")) {
      chat.send(BOTH, "ana", "2", "two");
      chat.send("direct~bo~cy", "cy", "1", "other");
      InboxItem first = Chatting.next(watch);
      InboxItem second = Chatting.next(watch);
      assertThat(List.of(first.getOrder(), second.getOrder())).containsExactly(2L, 3L);
      assertThat(List.of(first.getConversation(), second.getConversation()))
          .containsExactlyInAnyOrder(BOTH, "direct~bo~cy");
    }
  }

  @Test
  void unreadIsByConversationAndInAllFromOneQuery() throws Exception {
    chat.call(Requests.create("team", "ana", "bo", "cy"), Conversation.class);
    for (int i = 1; i <= 5; i++) {
      chat.send("team", "ana", "t" + i, "text");
    }
    chat.send("direct~bo~cy", "cy", "1", "psst");
    chat.awaitMessage("bo", "team", 5);
    chat.awaitMessage("bo", "direct~bo~cy", 1);
    ListChatsResponse chats = chat.chats("bo");
    assertThat(chats.getTotalUnread()).isEqualTo(6);
    assertThat(chat.chat("bo", "team").getUnread()).isEqualTo(5);
    assertThat(chat.chat("bo", "direct~bo~cy").getUnread()).isEqualTo(1);

    MarkReadResponse read = chat.call(Requests.markRead("bo", "team", 3), MarkReadResponse.class);
    assertThat(read.getUnread()).isEqualTo(2);
    assertThat(read.getTotalUnread()).isEqualTo(3);
    // An earlier number changes nothing.
    read = chat.call(Requests.markRead("bo", "team", 1), MarkReadResponse.class);
    assertThat(read.getUnread()).isEqualTo(2);
    chat.send("team", "bo", "b1", "who sends has read all");
    chat.awaitMessage("bo", "team", 6);
    assertThat(chat.chats("bo").getTotalUnread()).isEqualTo(1);
    assertThat(chat.call(Requests.get("team", "bo"), Conversation.class).getUnread()).isZero();
    assertThat(chat.call(Requests.get("team", "cy"), Conversation.class).getUnread()).isEqualTo(6);
  }

  @Test
  void whatIsReadBeforeTheInboxHearsOfItIsReadWhenItDoes() throws Exception {
    chat.send(BOTH, "ana", "1", "one");
    chat.awaitMessage("bo", BOTH, 1);
    for (int i = 2; i <= 20; i++) {
      chat.send(BOTH, "ana", "m" + i, "text");
    }
    chat.call(Requests.markRead("bo", BOTH, 20), MarkReadResponse.class);
    chat.awaitMessage("bo", BOTH, 20);
    chat.await("bo", item -> item.getKind() == ItemKind.READ && item.getSeq() == 20);
    assertThat(chat.chats("bo").getTotalUnread()).isZero();
  }

  @Test
  void theSenderHearsWhatWasDeliveredAndReadAndTheNewestOnlyWhenItWasAway() throws Exception {
    chat.send(BOTH, "ana", "1", "one");
    chat.send(BOTH, "ana", "2", "two");
    InboxItem last = chat.awaitMessage("bo", BOTH, 2);
    chat.ack("bo", "phone", last.getOrder());
    InboxItem delivered =
        chat.await("ana", item -> item.getKind() == ItemKind.RECEIPT && item.getSeq() == 0);
    assertThat(delivered.getDeliveredSeq()).isEqualTo(2);
    chat.call(Requests.markRead("bo", BOTH, 1), MarkReadResponse.class);
    chat.call(Requests.markRead("bo", BOTH, 2), MarkReadResponse.class);
    chat.await("ana", item -> item.getKind() == ItemKind.RECEIPT && item.getSeq() == 2);
    List<InboxItem> receipts =
        chat.read("ana", "phone").stream()
            .filter(item -> item.getKind() == ItemKind.RECEIPT)
            .toList();
    assertThat(receipts).hasSize(1);
    assertThat(receipts.getFirst().getSeq()).isEqualTo(2);
    assertThat(chat.chats("ana").getTotalUnread()).isZero();
    Member bo = chat.call(Requests.members(BOTH, "ana"), ListMembersResponse.class).getMembers(1);
    assertThat(bo.getUser()).isEqualTo("bo");
    assertThat(bo.getReadSeq()).isEqualTo(2);
  }

  @Test
  void historyIsByNumberInBothDirectionsAndByDate() {
    for (int i = 1; i <= 30; i++) {
      chat.send(BOTH, "ana", "m" + i, "text " + i);
    }
    GetMessagesResponse newest =
        chat.call(
            Requests.before(BOTH, "bo", 31).toBuilder().setPageSize(10).build(),
            GetMessagesResponse.class);
    assertThat(newest.getMessagesList()).extracting(Message::getSeq).startsWith(30L, 29L);
    assertThat(newest.getMore()).isTrue();
    GetMessagesResponse oldest =
        chat.call(Requests.before(BOTH, "bo", 11), GetMessagesResponse.class);
    assertThat(oldest.getMessagesList()).extracting(Message::getSeq).endsWith(2L, 1L).hasSize(10);
    assertThat(oldest.getMore()).isFalse();
    GetMessagesRequest range = Requests.after(BOTH, "bo", 4).toBuilder().setUpToSeq(6).build();
    assertThat(chat.call(range, GetMessagesResponse.class).getMessagesList())
        .extracting(Message::getSeq)
        .containsExactly(5L, 6L);

    Timestamp time = newest.getMessages(4).getTime();
    GetMessagesResponse since =
        chat.call(
            GetMessagesRequest.newBuilder()
                .setConversation(BOTH)
                .setUser("bo")
                .setFromTime(time)
                .build(),
            GetMessagesResponse.class);
    assertThat(since.getMessages(0).getTime()).isEqualTo(time);
    assertThat(since.getMessages(0).getSeq()).isLessThanOrEqualTo(26);
    assertThat(since.getMessagesList()).extracting(Message::getSeq).endsWith(30L);
  }

  @Test
  void bytesThatNobodyLooksIntoRepliesThreadsMentionsAndAttachmentsComeAsTheyWere()
      throws Exception {
    chat.send(BOTH, "bo", "1", "question");
    Content content =
        Content.newBuilder()
            .setData(ByteString.copyFrom(new byte[] {0, -1, 7, 127}))
            .setContentType("message/mls")
            .addAttachments(
                Attachment.newBuilder()
                    .setUrl("https://files.example/1")
                    .setName("cat.jpg")
                    .setSizeBytes(7))
            .build();
    chat.call(
        Requests.send(BOTH, "ana", "2", "").toBuilder()
            .setContent(content)
            .setReplyTo(1)
            .setThread(1)
            .addMentions("bo")
            .build(),
        SendMessageResponse.class);
    Message message =
        chat.call(Requests.after(BOTH, "bo", 1), GetMessagesResponse.class).getMessages(0);
    assertThat(message.getContent()).isEqualTo(content);
    assertThat(message.getReplyTo()).isEqualTo(1);
    assertThat(message.getThread()).isEqualTo(1);
    assertThat(chat.awaitMessage("bo", BOTH, 2).getMentions()).isTrue();
    assertThat(chat.chat("bo", BOTH).getUnreadMentions()).isEqualTo(1);
    chat.call(Requests.markRead("bo", BOTH, 2), MarkReadResponse.class);
    assertThat(chat.chat("bo", BOTH).getUnreadMentions()).isZero();
  }

  @Test
  void othersNeitherReadNorSend() {
    chat.send(BOTH, "ana", "1", "secret");
    chat.call(Requests.create("team", "ana", "bo"), Conversation.class);
    assertThat(chat.refusal(Requests.send(BOTH, "cy", "1", "x")).code())
        .isEqualTo(Code.PERMISSION_DENIED);
    assertThat(chat.refusal(Requests.after(BOTH, "cy", 0)).code())
        .isEqualTo(Code.PERMISSION_DENIED);
    assertThat(chat.refusal(Requests.get("team", "cy")).code()).isEqualTo(Code.PERMISSION_DENIED);
    assertThat(chat.refusal(Requests.members("team", "cy")).code())
        .isEqualTo(Code.PERMISSION_DENIED);
    assertThat(chat.refusal(Requests.send("nowhere", "cy", "1", "x")).code())
        .isEqualTo(Code.NOT_FOUND);
    assertThat(chat.refusal(Requests.send("direct~ana~dee", "cy", "1", "x")).code())
        .isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void whatIsOutOfBoundsIsRefusedNamingFieldAndBound() {
    assertThat(chat.refusal(Requests.send("direct~bo~ana", "ana", "1", "x")))
        .hasMessageContaining("direct~ana~bo");
    assertThat(chat.refusal(Requests.send(BOTH, "a~b", "1", "x"))).hasMessageContaining("user");
    assertThat(chat.refusal(Requests.send(BOTH, "ana", "1", "x".repeat(49_153))))
        .hasMessageContaining("content.text")
        .hasMessageContaining("49152");
    assertThat(chat.refusal(Requests.create("direct~x", "ana"))).hasMessageContaining("direct~");
    chat.send(BOTH, "ana", "1", "x");
    assertThat(chat.refusal(Requests.send(BOTH, "ana", "2", "x").toBuilder().setReplyTo(2).build()))
        .hasMessageContaining("reply_to")
        .hasMessageContaining("at most 1");
    assertThat(chat.refusal(Requests.ack("nobody", "phone", 1))).hasMessageContaining("order");
  }

  @Test
  void aUserHasAtMostAHundredDevicesAndRemovedOnesMakeRoom() {
    for (int i = 0; i < 100; i++) {
      chat.ack("ana", "d" + i, 0);
    }
    assertThat(chat.refusal(Requests.ack("ana", "more", 0)).code())
        .isEqualTo(Code.RESOURCE_EXHAUSTED);
    RemoveDeviceRequest remove =
        RemoveDeviceRequest.newBuilder().setUser("ana").setDevice("d7").build();
    assertThat(chat.call(remove, RemoveDeviceResponse.class).getRemoved()).isTrue();
    assertThat(chat.call(remove, RemoveDeviceResponse.class).getRemoved()).isFalse();
    chat.ack("ana", "more", 0);
  }
}
