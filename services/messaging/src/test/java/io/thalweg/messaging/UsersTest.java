package io.thalweg.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.rpc.Code;
import io.thalweg.messaging.v1.BlockUserResponse;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.EraseUserRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.GetPresenceRequest;
import io.thalweg.messaging.v1.GetPresenceResponse;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.ListBlockedRequest;
import io.thalweg.messaging.v1.ListBlockedResponse;
import io.thalweg.messaging.v1.MuteChatRequest;
import io.thalweg.messaging.v1.SetTypingRequest;
import io.thalweg.runtime.EffectAttempt;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.WatchStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What users decide for themselves, what is known of them now only, and that they are erased. */
@Timeout(180)
class UsersTest {
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

  private void does(Message request) {
    chat.call(request, Message.class);
  }

  private static void await(BooleanSupplier wanted) throws InterruptedException {
    for (int i = 0; i < 6_000 && !wanted.getAsBoolean(); i++) {
      Thread.sleep(10);
    }
    assertThat(wanted.getAsBoolean()).isTrue();
  }

  private boolean isRefused(Message request) {
    try {
      does(request);
      return false;
    } catch (Failure e) {
      assertThat(e.code()).isEqualTo(Code.PERMISSION_DENIED);
      return true;
    }
  }

  @Test
  void whoIsBlockedReachesNobodyUntilLetGo() throws Exception {
    chat.call(Requests.block("ana", "bo", false), BlockUserResponse.class);
    int[] ids = {0};
    await(() -> isRefused(Requests.send(BOTH, "bo", "b" + ids[0]++, "hey")));
    ListBlockedResponse blocked =
        chat.call(
            ListBlockedRequest.newBuilder().setUser("ana").build(), ListBlockedResponse.class);
    assertThat(blocked.getUsersList()).containsExactly("bo");
    chat.send(BOTH, "ana", "1", "the other way is open");
    chat.call(Requests.block("ana", "bo", true), BlockUserResponse.class);
    await(() -> !isRefused(Requests.send(BOTH, "bo", "again", "hey")));
  }

  @Test
  void presenceAndTypingAreKnownNowAndNeverLogged() {
    chat.send(BOTH, "ana", "1", "Hello");
    does(Requests.present("ana", "phone", false));
    does(SetTypingRequest.newBuilder().setConversation(BOTH).setUser("ana").build());
    assertThat(
            chat.refusal(SetTypingRequest.newBuilder().setConversation(BOTH).setUser("cy").build())
                .code())
        .isEqualTo(Code.PERMISSION_DENIED);
    assertThat(chat.call(Requests.get(BOTH, "bo"), Conversation.class).getTypingList())
        .containsExactly("ana");
    GetPresenceRequest who = GetPresenceRequest.newBuilder().setUser("ana").build();
    assertThat(chat.call(who, GetPresenceResponse.class).getDevices(0).getNode())
        .isEqualTo("node-1");
    does(Requests.present("ana", "desk", false));
    does(Requests.present("ana", "desk", true));
    assertThat(chat.call(who, GetPresenceResponse.class).getDevicesList()).hasSize(1);
    chat.restart();
    assertThat(chat.call(who, GetPresenceResponse.class).getDevicesList()).isEmpty();
    assertThat(chat.call(Requests.get(BOTH, "bo"), Conversation.class).getTypingList()).isEmpty();
  }

  private static SetTypingRequest typing(String user, boolean stopped) {
    return SetTypingRequest.newBuilder()
        .setConversation(BOTH)
        .setUser(user)
        .setStopped(stopped)
        .build();
  }

  @Test
  void presenceAndTypingArePushedToThoseWhoWatchLiveAndToNobodyElse() throws Exception {
    chat.send(BOTH, "ana", "1", "Hello");
    chat.awaitMessage("bo", BOTH, 1);
    try (WatchStream live = chat.watchLive("bo");
        WatchStream plain = chat.watch("bo");
        WatchStream own = chat.watchLive("ana")) {
      does(typing("ana", false));
      InboxItem item = Chatting.next(live);
      assertThat(item.getKind()).isEqualTo(ItemKind.TYPING);
      assertThat(item.getConversation()).isEqualTo(BOTH);
      assertThat(item.getActor()).isEqualTo("ana");
      assertThat(item.getOrder()).isZero();
      assertThat(item.getGone()).isFalse();
      assertThat(item.getExpireTime().getSeconds() - item.getTime().getSeconds()).isEqualTo(10);
      does(typing("ana", true));
      assertThat(Chatting.next(live).getGone()).isTrue();

      does(Requests.present("ana", "phone", false));
      InboxItem there = Chatting.next(live);
      assertThat(there.getKind()).isEqualTo(ItemKind.PRESENCE);
      assertThat(there.getDevice()).isEqualTo("phone");
      // Of her own she hears presence, and not that she is typing.
      assertThat(Chatting.next(own)).isEqualTo(there);

      // What the log has comes between them, to those who watch as before, too.
      chat.send(BOTH, "ana", "2", "What I have typed");
      assertThat(Chatting.next(live).getSeq()).isEqualTo(2);
      assertThat(Chatting.next(plain).getSeq()).isEqualTo(2);

      // Whom she blocks hears nothing of her.
      does(Requests.block("ana", "bo", false));
      int[] ids = {0};
      await(() -> isRefused(Requests.send(BOTH, "bo", "b" + ids[0]++, "hey")));
      does(typing("ana", false));
      does(Requests.present("ana", "phone", true));
      InboxItem gone = Chatting.next(own);
      while (gone.getKind() != ItemKind.PRESENCE) {
        gone = Chatting.next(own);
      }
      assertThat(gone.getGone()).isTrue();
      assertThat(rest(live)).doesNotContain(ItemKind.TYPING, ItemKind.PRESENCE);
      assertThat(rest(plain)).doesNotContain(ItemKind.TYPING, ItemKind.PRESENCE);
    }
  }

  private static List<ItemKind> rest(WatchStream watch) throws InterruptedException {
    List<ItemKind> kinds = new ArrayList<>();
    for (WatchStream.Item item = watch.next(Duration.ZERO);
        item != null;
        item = watch.next(Duration.ZERO)) {
      kinds.add(((InboxItem) item.message()).getKind());
    }
    return kinds;
  }

  @Test
  void aWatcherThatTakesNothingIsKeptTheNewestNotices() throws Exception {
    chat.send(BOTH, "ana", "1", "Hello");
    chat.awaitMessage("bo", BOTH, 1);
    try (WatchStream live = chat.watchLive("bo")) {
      for (int i = 0; i < 300; i++) {
        does(typing("ana", i < 299));
      }
      // A notice leaves right behind its answer, and before the next one.
      chat.call(Requests.get(BOTH, "ana"), Conversation.class);
      int count = 0;
      InboxItem last = null;
      for (WatchStream.Item item = live.next(Duration.ofSeconds(60));
          item != null;
          item = live.next(Duration.ZERO)) {
        last = (InboxItem) item.message();
        count++;
      }
      assertThat(count).isEqualTo(256);
      assertThat(Objects.requireNonNull(last).getGone()).isFalse();
    }
  }

  private EffectAttempt call() throws InterruptedException {
    return Objects.requireNonNull(chat.calls.poll(60, TimeUnit.SECONDS), "nobody was called");
  }

  @Test
  void aDeviceThatIsAwayIsCalledAndOneThatIsThereOrMutedIsNot() throws Exception {
    does(Requests.push("bo", "phone", "https://push.example/bo"));
    assertThat(chat.refusal(Requests.push("bo", "phone", "ftp://x"))).hasMessageContaining("url");
    chat.send(BOTH, "ana", "1", "secret");
    EffectAttempt first = call();
    String body = first.request().body().toStringUtf8();
    assertThat(body).contains("\"conversation\":\"direct~ana~bo\"", "\"seq\":1", "\"unread\":1");
    assertThat(body).doesNotContain("secret");

    // Connected: not called, or this one would be for number 1.
    does(Requests.present("dee", "phone", false));
    does(Requests.push("dee", "phone", "https://push.example/dee"));
    chat.send("direct~ana~dee", "ana", "1", "there");
    chat.awaitMessage("dee", "direct~ana~dee", 1);
    does(Requests.present("dee", "phone", true));
    chat.send("direct~ana~dee", "ana", "2", "away");
    EffectAttempt second = call();
    assertThat(second.request().body().toStringUtf8()).contains("\"seq\":2");
    assertThat(second.id()).isNotEqualTo(first.id());

    // Muted: not called, but for what mentions the user.
    chat.send("direct~ana~eve", "ana", "1", "one");
    chat.awaitMessage("eve", "direct~ana~eve", 1);
    does(
        MuteChatRequest.newBuilder()
            .setUser("eve")
            .setConversation("direct~ana~eve")
            .setUntil(Timestamp.newBuilder().setSeconds(32_503_680_000L))
            .build());
    does(Requests.push("eve", "phone", "https://push.example/eve"));
    chat.send("direct~ana~eve", "ana", "2", "muted");
    chat.awaitMessage("eve", "direct~ana~eve", 2);
    does(
        Requests.send("direct~ana~eve", "ana", "3", "you!").toBuilder().addMentions("eve").build());
    assertThat(call().request().body().toStringUtf8()).contains("\"seq\":3");

    // A receiver that is gone for good is forgotten, and the device is not called again.
    does(Requests.push("cy", "phone", "https://push.example/gone"));
    chat.send("direct~ana~cy", "ana", "1", "one");
    assertThat(call().request().url()).endsWith("gone");
    chat.awaitMessage("cy", "direct~ana~cy", 1);
  }

  @Test
  void ofAUserWhoIsErasedNothingIsReadAndTheInboxIsGone() throws Exception {
    chat.call(Requests.create("team", "ana", "bo", "cy"), Conversation.class);
    chat.send("team", "bo", "1", "what bo said to all");
    chat.send(BOTH, "bo", "2", "what bo said to ana");
    chat.send("team", "ana", "1", "what ana said");
    chat.awaitMessage("bo", "team", 2);
    chat.awaitMessage("bo", BOTH, 1);
    chat.ack("bo", "phone", 1);

    does(EraseUserRequest.newBuilder().setUser("bo").build());
    GetMessagesResponse team =
        chat.call(Requests.after("team", "cy", 0), GetMessagesResponse.class);
    assertThat(team.getMessages(0).hasContent()).isFalse();
    assertThat(team.getMessages(0).getUser()).isEqualTo("bo");
    assertThat(team.getMessages(1).getContent().getText()).isEqualTo("what ana said");
    assertThat(chat.texts(BOTH, "ana")).containsExactly("");
    await(() ->
        chat.call(Requests.get("team", "ana"), Conversation.class).getMembers() == 2
            && isRefused(Requests.get(BOTH, "bo")));
    assertThat(chat.chats("bo").getChatsList()).isEmpty();
    assertThat(chat.read("bo", "phone")).isEmpty();
    chat.restart();
    assertThat(chat.texts(BOTH, "ana")).containsExactly("");
  }

  @Test
  void whatUsersSayIsInNoFileInTheClear() {
    chat.send(BOTH, "ana", "1", "nobody-finds-this-here");
    chat.close();
    try (Stream<Path> files = Files.walk(data)) {
      assertThat(files.filter(Files::isRegularFile).filter(UsersTest::hasText)).isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    chat = new Chatting(data);
    assertThat(chat.texts(BOTH, "bo")).containsExactly("nobody-finds-this-here");
  }

  private static boolean hasText(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
          .contains("nobody-finds-this-here");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
