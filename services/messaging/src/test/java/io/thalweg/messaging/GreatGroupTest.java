package io.thalweg.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.ListMembersRequest;
import io.thalweg.messaging.v1.ListMembersResponse;
import io.thalweg.messaging.v1.Member;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A group of very many: members are added in pieces and listed by pages, and what is said reaches
 * each of them by one item of its inbox, however much is said before it looks.
 *
 * <pre>
 *   great.members  default 5,000; the bound is 100,000
 * </pre>
 */
class GreatGroupTest {
  private static final int MEMBERS = Integer.getInteger("great.members", 5_000);
  private static final int PIECE = 500;
  private static final int MESSAGES = 20;
  private static final long MAX_BYTES_OF_A_MEMBER = 4_096;

  @TempDir Path data;

  @Test
  @Timeout(3_600)
  void everyMemberOfAGreatGroupIsToldByOneItemAndTheHeapDoesNotGrowWithMessages() throws Exception {
    IntFunction<String> user = number -> "user%06d".formatted(number);
    try (Chatting chat = new Chatting(data)) {
      long beforeBytes = usedBytes();
      long startNs = System.nanoTime();
      chat.call(Requests.create("hall", user.apply(0)), Conversation.class);
      for (int from = 1; from < MEMBERS; from += PIECE) {
        List<String> piece =
            IntStream.range(from, Math.min(MEMBERS, from + PIECE)).mapToObj(user).toList();
        chat.call(Requests.add("hall", user.apply(0), piece), Conversation.class);
      }
      if (MEMBERS == Bounds.MAX_MEMBERS) {
        assertThat(chat.refusal(Requests.add("hall", user.apply(0), List.of("one more"))).code())
            .isEqualTo(Code.RESOURCE_EXHAUSTED);
      }
      // Whoever came last has heard of it, so all have.
      for (int number = 0; number < MEMBERS; number += Math.max(1, MEMBERS / 50)) {
        String each = user.apply(number);
        chat.await(each, item -> item.getKind() == ItemKind.JOINED);
      }
      long addedNs = System.nanoTime();
      assertThat(membersByPages(chat, user.apply(0)))
          .isEqualTo(IntStream.range(0, MEMBERS).mapToObj(user).toList());
      long listedNs = System.nanoTime();
      for (int i = 1; i <= MESSAGES; i++) {
        chat.send("hall", user.apply(0), "m" + i, "text " + i);
      }
      for (int number = 1; number < MEMBERS; number++) {
        awaitTold(chat, user.apply(number));
      }
      long toldNs = System.nanoTime();
      for (int number = 1; number < MEMBERS; number += Math.max(1, MEMBERS / 50)) {
        String each = user.apply(number);
        assertThat(messages(chat, each)).as("items of %s", each).hasSize(1);
        assertThat(chat.call(Requests.get("hall", each), Conversation.class).getUnread())
            .isEqualTo(MESSAGES);
      }
      long bytes = (usedBytes() - beforeBytes) / MEMBERS;
      assertThat(bytes).as("bytes of heap for a member").isLessThan(MAX_BYTES_OF_A_MEMBER);
      System.out.printf(
          Locale.ROOT,
          "%,d members: added in %.1f s, listed in %.1f s, all told of %d messages in %.1f s;"
              + " %,d bytes of heap for each%n",
          MEMBERS,
          (addedNs - startNs) / 1e9,
          (listedNs - addedNs) / 1e9,
          MESSAGES,
          (toldNs - listedNs) / 1e9,
          bytes);
    }
  }

  private static List<String> membersByPages(Chatting chat, String asks) {
    List<String> all = new ArrayList<>();
    String token = "";
    do {
      ListMembersRequest request =
          Requests.members("hall", asks).toBuilder().setPageSize(1_000).setPageToken(token).build();
      ListMembersResponse page = chat.call(request, ListMembersResponse.class);
      page.getMembersList().stream().map(Member::getUser).forEach(all::add);
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return all;
  }

  private static List<InboxItem> messages(Chatting chat, String user) {
    return chat.read(user, "phone").stream()
        .filter(item -> item.getKind() == ItemKind.MESSAGE)
        .toList();
  }

  private static void awaitTold(Chatting chat, String user) throws InterruptedException {
    while (messages(chat, user).isEmpty()) {
      Thread.sleep(10);
    }
  }

  private static long usedBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
