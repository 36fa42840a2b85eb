package io.thalweg.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.Message;
import io.thalweg.messaging.v1.ReadInboxResponse;
import io.thalweg.messaging.v1.SendMessageResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people said in a channel, with the replies that it had, sent by those who said it, while
 * their devices come and go and the node is closed and opened. A small sample is beside this test,
 * with its source and licence; all of it is replayed with
 *
 * <pre>
 *   -Dchat.data=FOLDER   with irc_messages.tsv.gz and irc_reply_links.tsv.gz
 *   -Dchat.logs=N        so many logs of it; default all
 * </pre>
 */
class ChatReplayTest {
  @TempDir Path data;

  /** One line of a channel. */
  private record Line(int number, String user, int replyTo, String text) {}

  /** A device: what it has, kept on its own disk. */
  private static final class Device {
    long order;
    long had;
    final List<Long> seqs = new ArrayList<>();
  }

  @Test
  @Timeout(300)
  void whatWasSaidReachesEveryDeviceOnceAndInOrder() throws Exception {
    List<Line> lines = new ArrayList<>();
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/chat/irc-sample.tsv"))) {
      for (List<String> row : rows(in)) {
        int replyTo = row.get(2).isEmpty() ? -1 : Integer.parseInt(row.get(2));
        lines.add(new Line(Integer.parseInt(row.get(0)), user(row.get(1)), replyTo, row.get(3)));
      }
    }
    assertThat(lines).hasSize(150);
    try (Chatting chat = new Chatting(data)) {
      replay(chat, "channel", lines);
    }
  }

  @Test
  @Timeout(value = 6, unit = java.util.concurrent.TimeUnit.HOURS)
  void allThatWasSaidDoesSoWhereItIsThere() throws Exception {
    String folder = System.getProperty("chat.data", "");
    if (folder.isEmpty()) {
      return;
    }
    Map<String, List<Line>> logs = read(Path.of(folder));
    int most = Integer.getInteger("chat.logs", logs.size());
    try (Chatting chat = new Chatting(data)) {
      int done = 0;
      for (Map.Entry<String, List<Line>> log : logs.entrySet()) {
        if (done++ < most) {
          replay(chat, "log " + done, log.getValue());
          System.out.printf("%s: %d messages%n", log.getKey(), log.getValue().size());
        }
      }
    }
  }

  private static void replay(Chatting chat, String channel, List<Line> lines)
      throws InterruptedException {
    SplittableRandom random = new SplittableRandom(lines.size());
    Map<String, Device> devices = new TreeMap<>();
    lines.forEach(line -> devices.putIfAbsent(line.user(), new Device()));
    List<String> users = List.copyOf(devices.keySet());
    chat.call(Requests.create(channel, users.getFirst()), Conversation.class);
    for (int from = 0; from < users.size(); from += 500) {
      chat.call(
          Requests.add(
              channel, users.getFirst(), users.subList(from, Math.min(from + 500, users.size()))),
          Conversation.class);
    }
    Map<Integer, Long> seqs = new HashMap<>();
    Map<String, Long> own = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      var request =
          Requests.send(channel, line.user(), channel + "/" + line.number(), line.text())
              .toBuilder()
              .setReplyTo(seqs.getOrDefault(line.replyTo(), 0L))
              .build();
      SendMessageResponse sent = chat.call(request, SendMessageResponse.class);
      assertThat(sent.getSeq()).isEqualTo(i + 1);
      if (random.nextInt(10) == 0) {
        assertThat(chat.call(request, SendMessageResponse.class).getSeq()).isEqualTo(i + 1);
      }
      seqs.put(line.number(), sent.getSeq());
      own.put(line.user(), sent.getSeq());
      if (i == lines.size() / 2) {
        chat.restart();
      }
      // Somebody looks in, and may be cut off before it has acknowledged.
      String user = users.get(random.nextInt(users.size()));
      take(chat, channel, user, Objects.requireNonNull(devices.get(user)), random.nextInt(3) > 0);
    }
    long last = lines.size();
    for (Map.Entry<String, Device> each : devices.entrySet()) {
      String user = each.getKey();
      Device device = each.getValue();
      while (device.had < last) {
        chat.awaitMessage(user, channel, device.had + 1);
        take(chat, channel, user, device, true);
      }
      for (int i = 0; i < last; i++) {
        assertThat(device.seqs.get(i)).isEqualTo(i + 1);
      }
      assertThat(device.seqs).hasSize(lines.size());
      long unread = chat.call(Requests.get(channel, user), Conversation.class).getUnread();
      assertThat(unread).isEqualTo(last - Objects.requireNonNull(own.get(user)));
      assertThat(chat.chat(user, channel).getUnread()).isEqualTo(unread);
    }
    asItWasSaid(chat, channel, users.getFirst(), lines, seqs);
  }

  private static void take(
      Chatting chat, String channel, String user, Device device, boolean acknowledges) {
    for (InboxItem item :
        chat.call(Requests.read(user, "phone", device.order), ReadInboxResponse.class)
            .getItemsList()) {
      device.order = item.getOrder();
      if (item.getKind() == ItemKind.MESSAGE && item.getConversation().equals(channel)) {
        assertThat(item.getAfterSeq()).isEqualTo(device.had);
        for (long seq = device.had + 1; seq <= item.getSeq(); seq++) {
          device.seqs.add(seq);
        }
        device.had = item.getSeq();
      }
    }
    if (acknowledges) {
      chat.ack(user, "phone", device.order);
    }
  }

  private static void asItWasSaid(
      Chatting chat, String channel, String user, List<Line> lines, Map<Integer, Long> seqs) {
    for (int from = 0; from < lines.size(); ) {
      GetMessagesResponse page =
          chat.call(Requests.after(channel, user, from), GetMessagesResponse.class);
      for (Message message : page.getMessagesList()) {
        Line line = lines.get(from++);
        assertThat(message.getUser()).isEqualTo(line.user());
        assertThat(message.getContent().getText()).isEqualTo(line.text());
        assertThat(message.getReplyTo()).isEqualTo(seqs.getOrDefault(line.replyTo(), 0L));
      }
    }
  }

  /** Nicks are given as they were, without what a user's name may not have. */
  private static String user(String nick) {
    return nick.replace('~', '-');
  }

  private static Map<String, List<Line>> read(Path folder) throws IOException {
    Map<String, Integer> replies = new HashMap<>();
    try (InputStream in = packed(folder.resolve("irc_reply_links.tsv.gz"))) {
      for (List<String> row : rows(in)) {
        if (!row.get(1).equals(row.get(2))) {
          replies.put(row.get(0) + " " + row.get(2), Integer.parseInt(row.get(1)));
        }
      }
    }
    Map<String, List<Line>> logs = new TreeMap<>();
    try (InputStream in = packed(folder.resolve("irc_messages.tsv.gz"))) {
      for (List<String> row : rows(in)) {
        if (row.get(5).equals("msg") && !row.get(7).isEmpty()) {
          int number = Integer.parseInt(row.get(1));
          logs.computeIfAbsent(row.get(0), log -> new ArrayList<>())
              .add(
                  new Line(
                      number,
                      user(row.get(6)),
                      replies.getOrDefault(row.get(0) + " " + number, -1),
                      row.get(7)));
        }
      }
    }
    return logs;
  }

  private static InputStream packed(Path file) throws IOException {
    return new GZIPInputStream(Files.newInputStream(file));
  }

  private static List<List<String>> rows(InputStream in) {
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
        .lines()
        .skip(1)
        .map(line -> Arrays.asList(line.split("\t", -1)))
        .toList();
  }
}
