package io.thalweg.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.messaging.v1.Content;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.ListBannedRequest;
import io.thalweg.messaging.v1.ListBannedResponse;
import io.thalweg.messaging.v1.ListChangesRequest;
import io.thalweg.messaging.v1.ListChangesResponse;
import io.thalweg.messaging.v1.ReactResponse;
import io.thalweg.messaging.v1.Role;
import io.thalweg.messaging.v1.SendMessageRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what in groups, what becomes of messages, and large groups. */
@Timeout(240)
class GroupsTest {
  @TempDir Path data;
  private Chatting chat;

  @BeforeEach
  void open() {
    chat = new Chatting(data);
    chat.call(Requests.create("team", "ana", "bo", "cy"), Conversation.class);
  }

  @AfterEach
  void close() {
    chat.close();
  }

  private Code code(Message request) {
    return chat.refusal(request).code();
  }

  private void does(Message request) {
    chat.call(request, Message.class);
  }

  private static Predicate<InboxItem> is(ItemKind kind, String conversation) {
    return item -> item.getKind() == kind && item.getConversation().equals(conversation);
  }

  @Test
  void aRoleAllowsWhatItSays() {
    assertThat(code(Requests.add("team", "bo", List.of("dee")))).isEqualTo(Code.PERMISSION_DENIED);
    assertThat(code(Requests.role("team", "bo", "bo", Role.OWNER)))
        .isEqualTo(Code.PERMISSION_DENIED);
    does(Requests.role("team", "ana", "bo", Role.MODERATOR));
    does(Requests.add("team", "bo", List.of("dee")));
    assertThat(code(Requests.remove("team", "bo", "ana", false))).isEqualTo(Code.PERMISSION_DENIED);
    does(Requests.role("team", "ana", "dee", Role.READER));
    assertThat(code(Requests.send("team", "dee", "1", "x"))).isEqualTo(Code.PERMISSION_DENIED);
    assertThat(code(Requests.remove("team", "ana", "ana", false)))
        .isEqualTo(Code.FAILED_PRECONDITION);
    does(Requests.role("team", "ana", "bo", Role.OWNER));
    does(Requests.remove("team", "ana", "ana", false));
    assertThat(code(Requests.get("team", "ana"))).isEqualTo(Code.PERMISSION_DENIED);
    assertThat(chat.call(Requests.get("team", "bo"), Conversation.class).getMembers()).isEqualTo(3);
  }

  @Test
  void whoIsInvitedJoinsAndSeesWhatComesFromThenOnAndWhoIsBannedDoesNot() throws Exception {
    chat.send("team", "ana", "1", "before");
    assertThat(code(Requests.join("team", "dee"))).isEqualTo(Code.PERMISSION_DENIED);
    does(Requests.invite("team", "ana", "dee"));
    chat.await("dee", is(ItemKind.INVITED, "team"));
    assertThat(chat.chat("dee", "team").getOutside()).isTrue();
    does(Requests.join("team", "dee"));
    chat.send("team", "ana", "2", "after");
    chat.awaitMessage("dee", "team", 2);
    assertThat(chat.texts("team", "dee")).containsExactly("after");
    assertThat(chat.chat("dee", "team").getUnread()).isEqualTo(1);

    does(Requests.remove("team", "ana", "dee", true));
    chat.await("dee", is(ItemKind.REMOVED_FROM, "team"));
    assertThat(chat.chats("dee").getTotalUnread()).isZero();
    assertThat(code(Requests.after("team", "dee", 0))).isEqualTo(Code.PERMISSION_DENIED);
    assertThat(code(Requests.add("team", "ana", List.of("dee"))))
        .isEqualTo(Code.FAILED_PRECONDITION);
    does(Requests.update("team", "ana").setOpen(true).setHistoryForAll(true).build());
    assertThat(code(Requests.join("team", "dee"))).isEqualTo(Code.PERMISSION_DENIED);
    does(Requests.unban("team", "ana", "dee"));
    does(Requests.join("team", "dee"));
    assertThat(chat.texts("team", "dee")).containsExactly("before", "after");
  }

  @Test
  void whatIsEditedRetractedOrReactedToTakesNoNumberAndReachesWhoWasAway() throws Exception {
    chat.send("team", "bo", "1", "first");
    chat.send("team", "bo", "2", "second");
    assertThat(code(Requests.edit("team", "cy", 1, "x"))).isEqualTo(Code.PERMISSION_DENIED);
    does(Requests.edit("team", "bo", 1, "first, edited"));
    assertThat(code(Requests.retract("team", "cy", 2))).isEqualTo(Code.PERMISSION_DENIED);
    does(Requests.retract("team", "ana", 2));
    does(Requests.retract("team", "ana", 2));
    assertThat(code(Requests.edit("team", "bo", 2, "x"))).isEqualTo(Code.FAILED_PRECONDITION);
    does(Requests.react("team", "cy", 1, "+1", false));
    does(Requests.react("team", "cy", 1, "+1", false));
    assertThat(
            chat.call(Requests.react("team", "ana", 1, "+1", false), ReactResponse.class)
                .getReactions(0)
                .getCount())
        .isEqualTo(2);
    does(Requests.react("team", "ana", 1, "+1", true));

    // A device that was away all the time sees it as it is now.
    chat.await("cy", item -> item.getKind() == ItemKind.CHANGED && item.getSeq() == 2);
    assertThat(chat.chat("cy", "team").getUnread()).isEqualTo(2);
    GetMessagesResponse now = chat.call(Requests.after("team", "cy", 0), GetMessagesResponse.class);
    assertThat(now.getMessages(0).getContent().getText()).isEqualTo("first, edited");
    assertThat(now.getMessages(0).getEdited()).isTrue();
    assertThat(now.getMessages(0).getReactions(0).getCount()).isEqualTo(1);
    assertThat(now.getMessages(1).getRetracted()).isTrue();
    assertThat(now.getMessages(1).hasContent()).isFalse();
    ListChangesResponse changes =
        chat.call(
            ListChangesRequest.newBuilder()
                .setConversation("team")
                .setUser("cy")
                .setAfterRevision(1)
                .build(),
            ListChangesResponse.class);
    assertThat(changes.getRevision()).isEqualTo(2);
    assertThat(changes.getMessagesList()).containsExactly(now.getMessages(1));
  }

  @Test
  void aThreadAndTheMessagesOfOneUserAreRead() {
    for (int i = 1; i <= 20; i++) {
      does(
          Requests.send("team", i % 2 == 0 ? "ana" : "bo", "m" + i, "text " + i).toBuilder()
              .setThread(i > 2 && i % 5 == 0 ? 2 : 0)
              .build());
    }
    GetMessagesResponse thread =
        chat.call(
            Requests.after("team", "cy", 0).toBuilder().setThread(2).build(),
            GetMessagesResponse.class);
    assertThat(thread.getMessagesList())
        .extracting(io.thalweg.messaging.v1.Message::getSeq)
        .containsExactly(2L, 5L, 10L, 15L, 20L);
    GetMessagesResponse by =
        chat.call(
            Requests.after("team", "cy", 0).toBuilder().setBy("ana").setPageSize(3).build(),
            GetMessagesResponse.class);
    assertThat(by.getMessagesList())
        .extracting(io.thalweg.messaging.v1.Message::getSeq)
        .containsExactly(2L, 4L, 6L);
    assertThat(by.getMore()).isTrue();
    assertThat(by.getNextSeq()).isEqualTo(6);
  }

  @Test
  void onlySoManyMessagesAreKeptAndNoneForLongerThanIsSaid() throws Exception {
    for (int i = 1; i <= 10; i++) {
      chat.send("team", "bo", "m" + i, "text " + i);
    }
    does(Requests.react("team", "cy", 1, "+1", false));
    does(Requests.update("team", "ana").setRetainMessages(4).build());
    awaitFirst("team", 7);
    chat.send("team", "bo", "m11", "text 11");
    assertThat(chat.texts("team", "cy")).containsExactly("text 8", "text 9", "text 10", "text 11");
    assertThat(chat.send("team", "bo", "m1", "known still").getSeq()).isEqualTo(1);
    does(Requests.update("team", "ana").setRetainMs(1).build());
    awaitFirst("team", 12);
    chat.send("team", "bo", "m12", "soon gone");
    awaitFirst("team", 13);
    assertThat(chat.texts("team", "cy")).isEmpty();
  }

  private void awaitFirst(String conversation, long seq) throws InterruptedException {
    for (int i = 0; i < 6_000; i++) {
      long first = chat.call(Requests.get(conversation, "ana"), Conversation.class).getFirstSeq();
      if (first == seq) {
        return;
      }
      assertThat(first).isLessThan(seq);
      Thread.sleep(10);
    }
    throw new AssertionError("the oldest message is not " + seq);
  }

  @Test
  void anInboxHoldsOneItemOfALargeGroupUntilItIsAcknowledgedAndMissesNothing() throws Exception {
    List<String> users = new ArrayList<>();
    for (int i = 0; i < 450; i++) {
      users.add("u" + i);
    }
    chat.call(Requests.create("hall", "u0", "ana"), Conversation.class);
    does(Requests.add("hall", "u0", users));
    assertThat(chat.call(Requests.get("hall", "u7"), Conversation.class).getLarge()).isTrue();
    for (int i = 1; i <= 30; i++) {
      chat.send("hall", "u0", "m" + i, "text " + i);
    }
    for (String user : users.subList(1, users.size())) {
      chat.awaitMessage(user, "hall", 1);
    }
    for (String user : users.subList(1, users.size())) {
      assertThat(chat.read(user, "phone").stream().filter(is(ItemKind.MESSAGE, "hall")))
          .as("items of %s, who has acknowledged nothing", user)
          .hasSize(1);
    }
    assertThat(chat.call(Requests.get("hall", "u7"), Conversation.class).getUnread()).isEqualTo(30);

    long had = 0;
    while (had < 30) {
      InboxItem item = chat.awaitMessage("u7", "hall", had + 1);
      assertThat(item.getAfterSeq()).isEqualTo(had);
      had = item.getSeq();
      chat.ack("u7", "phone", item.getOrder());
    }
    // Who is there again hears of the next one.
    chat.send("hall", "u0", "m31", "text 31");
    assertThat(chat.awaitMessage("u7", "hall", 31).getAfterSeq()).isEqualTo(30);
    assertThat(chat.chat("u7", "hall").getUnread()).isEqualTo(31);
  }

  @Test
  void anOpenGroupIsShownToOthersAndWhoIsBannedToModerators() {
    assertThat(code(Requests.get("team", "eve"))).isEqualTo(Code.PERMISSION_DENIED);
    does(Requests.update("team", "ana").setOpen(true).setTitle("The team").build());
    Conversation shown = chat.call(Requests.get("team", "eve"), Conversation.class);
    assertThat(shown.getTitle()).isEqualTo("The team");
    assertThat(shown.hasMe()).isFalse();
    does(Requests.remove("team", "ana", "eve", true));
    does(Requests.remove("team", "ana", "gus", true));
    ListBannedRequest.Builder banned = ListBannedRequest.newBuilder().setConversation("team");
    assertThat(chat.call(banned.setUser("ana").build(), ListBannedResponse.class).getUsersList())
        .containsExactly("eve", "gus");
    assertThat(chat.call(banned.setPageToken("f").build(), ListBannedResponse.class).getUsersList())
        .containsExactly("gus");
    assertThat(code(banned.setUser("bo").build())).isEqualTo(Code.PERMISSION_DENIED);
  }

  @Test
  void nobodyGoesByTheNameOfAnotherMember() {
    SendMessageRequest as = Requests.send("team", "bo", "1", "hello");
    Content content = as.getContent();
    for (String name : List.of("cy", "a\nb")) {
      assertThat(
              chat.refusal(
                  as.toBuilder().setContent(content.toBuilder().setSenderName(name)).build()))
          .hasMessageContaining("content.sender_name");
    }
    does(as.toBuilder().setContent(content.toBuilder().setSenderName("Bobby")).build());
    assertThat(
            chat.call(Requests.after("team", "ana", 0), GetMessagesResponse.class)
                .getMessages(0)
                .getContent()
                .getSenderName())
        .isEqualTo("Bobby");
    assertThat(
            chat.refusal(
                Requests.edit("team", "bo", 1, "edited").toBuilder()
                    .setContent(content.toBuilder().setSenderName("ana"))
                    .build()))
        .hasMessageContaining("content.sender_name");
  }
}
