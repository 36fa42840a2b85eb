package io.thalweg.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import io.thalweg.messaging.v1.EraseUserRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.ListChatsResponse;
import io.thalweg.messaging.v1.ListMembersResponse;
import io.thalweg.messaging.v1.MuteChatRequest;
import io.thalweg.messaging.v1.ReadInboxResponse;
import io.thalweg.messaging.v1.RemoveDeviceRequest;
import io.thalweg.messaging.v1.Role;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeStatus;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.WatchStream;
import io.thalweg.testkit.GoldenLog;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A log that a release wrote replays to the state that the release had. To record the log of the
 * present level: {@code -Dcontract=record}.
 */
class GoldenLogTest {
  private static final List<String> USERS = List.of("ana", "bo", "cy");

  private static final GoldenLog GOLDEN = GoldenLog.of(Messaging.TYPE, GoldenLogTest::answers);

  @TempDir Path folder;

  /** Writes the golden log of the present level, once; what is there stays. */
  @BeforeAll
  static void recordTheLogOfThisRelease(@TempDir Path folder) {
    GOLDEN.record(folder, GoldenLogTest::write);
  }

  static List<Integer> levels() {
    return GOLDEN.levels();
  }

  @Test
  void everyReleaseHasAGoldenLog() {
    assertThat(GOLDEN.levelsWithout()).as("levels without a golden log").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("levels")
  void aLogOfEveryReleaseReplaysToTheStateThatItHad(int level) {
    GOLDEN.verify(level, folder);
  }

  /** What a node on such a log answers. Contents are not said: their keys are not in the log. */
  private static void answers(Node node, StringBuilder out) {
    for (String user : USERS) {
      ListChatsResponse chats = node.call(Requests.chats(user), ListChatsResponse.class);
      out.append("%s unread %d%n".formatted(user, chats.getTotalUnread()));
      chats
          .getChatsList()
          .forEach(chat ->
              out.append(
                  "  %s last %d read %d unread %d%n"
                      .formatted(
                          chat.getConversation(),
                          chat.getLastSeq(),
                          chat.getReadSeq(),
                          chat.getUnread())));
      node.call(Requests.read(user, "phone"), ReadInboxResponse.class)
          .getItemsList()
          .forEach(item ->
              out.append(
                  "  item %d %s %s %d to %d%n"
                      .formatted(
                          item.getOrder(),
                          item.getKind(),
                          item.getConversation(),
                          item.getAfterSeq(),
                          item.getSeq())));
    }
    node.call(Requests.after("team", "ana", 0), GetMessagesResponse.class)
        .getMessagesList()
        .forEach(message ->
            out.append("%d %s%n".formatted(message.getSeq(), message.getClientMessageId())));
    node.call(Requests.members("team", "ana"), ListMembersResponse.class)
        .getMembersList()
        .forEach(member ->
            out.append(
                "%s %s read %d of %d%n"
                    .formatted(
                        member.getUser(),
                        member.getRole(),
                        member.getReadSeq(),
                        member.getDeliveredSeq())));
  }

  private static void write(Node node) {
    node.call(Requests.create("team", "ana", "bo", "cy"), Message.class);
    for (int i = 0; i < 10; i++) {
      node.call(Requests.send("team", USERS.get(i % 3), "m" + i, "text " + i), Message.class);
    }
    node.call(Requests.send("direct~ana~bo", "bo", "d1", "psst"), Message.class);
    InboxItem last = await(node, "ana", "direct~ana~bo", 1);
    await(node, "bo", "team", 10);
    await(node, "cy", "team", 10);
    node.call(Requests.ack("ana", "phone", last.getOrder()), Message.class);
    node.call(Requests.ack("ana", "desk", 1), Message.class);
    node.call(
        RemoveDeviceRequest.newBuilder().setUser("ana").setDevice("desk").build(), Message.class);
    node.call(Requests.markRead("bo", "team", 5), Message.class);
    node.call(Requests.markRead("ana", "direct~ana~bo", 1), Message.class);
    writeChanges(node);
    settle(node);
  }

  /** The other events. */
  private static void writeChanges(Node node) {
    for (Message request :
        List.of(
            Requests.add("team", "ana", List.of("dee", "eve")),
            Requests.invite("team", "ana", "fay"),
            Requests.join("team", "fay"),
            Requests.role("team", "ana", "fay", Role.MODERATOR),
            Requests.remove("team", "fay", "eve", true),
            Requests.remove("team", "fay", "gus", true),
            Requests.unban("team", "fay", "gus"),
            Requests.edit("team", "ana", 1, "edited"),
            Requests.retract("team", "fay", 10),
            Requests.react("team", "bo", 1, "+1", false),
            Requests.react("team", "cy", 1, "+1", false),
            Requests.react("team", "cy", 1, "+1", true),
            Requests.update("team", "ana").setTitle("The team").setRetainMessages(100).build(),
            Requests.create("hall", "ana", hall()),
            Requests.send("hall", "ana", "h1", "to all"),
            Requests.send("hall", "ana", "h2", "to all again"),
            Requests.push("cy", "phone", "https://push.example/cy"),
            Requests.block("cy", "ana", false))) {
      node.call(request, Message.class);
    }
    await(node, "cy", "hall", 1);
    await(node, "bo", "hall", 1);
    node.call(
        MuteChatRequest.newBuilder()
            .setUser("cy")
            .setConversation("hall")
            .setUntil(Timestamp.newBuilder().setSeconds(4_000_000_000L))
            .build(),
        Message.class);
    node.call(Requests.update("team", "ana").setRetainMessages(6).build(), Message.class);
    node.call(EraseUserRequest.newBuilder().setUser("dee").build(), Message.class);
  }

  private static String[] hall() {
    List<String> members = new ArrayList<>(List.of("bo", "cy"));
    for (int i = 0; i < 120; i++) {
      members.add("h" + i);
    }
    return members.toArray(String[]::new);
  }

  /** Until messages between partitions and timers have come to rest: their figures stay. */
  private static void settle(Node node) {
    long before = -1;
    for (int same = 0; same < 20; ) {
      long now =
          node.status().partitions().stream()
              .mapToLong(NodeStatus.PartitionStatus::durableOffset)
              .sum();
      same = now == before ? same + 1 : 0;
      before = now;
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static InboxItem await(Node node, String user, String conversation, long seq) {
    try (WatchStream watch =
        node.watch(
            new Request(Requests.watch(user), Caller.ANONYMOUS, null, Long.MAX_VALUE), "0")) {
      while (true) {
        InboxItem item =
            (InboxItem)
                Objects.requireNonNull(watch.next(Duration.ofSeconds(60)), "nothing came")
                    .message();
        if (item.getConversation().equals(conversation) && item.getSeq() >= seq) {
          return item;
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
