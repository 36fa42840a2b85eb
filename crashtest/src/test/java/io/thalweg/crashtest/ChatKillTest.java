package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.client.ServiceMethod;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.messaging.v1.AckInboxRequest;
import io.thalweg.messaging.v1.AckInboxResponse;
import io.thalweg.messaging.v1.AddMembersRequest;
import io.thalweg.messaging.v1.Content;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.CreateConversationRequest;
import io.thalweg.messaging.v1.GetConversationRequest;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.ListChatsRequest;
import io.thalweg.messaging.v1.ListChatsResponse;
import io.thalweg.messaging.v1.MessagingProto;
import io.thalweg.messaging.v1.ReadInboxRequest;
import io.thalweg.messaging.v1.ReadInboxResponse;
import io.thalweg.messaging.v1.SendMessageRequest;
import io.thalweg.messaging.v1.SendMessageResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What people said in channels is said again by the same people, quicker, while their devices come
 * and go and the node is killed with -9 now and then. Each device has every message of its channel
 * once and in order, and unread is what a model says.
 *
 * <p>A line is sent again until it is answered; its number must be its place in the channel, so a
 * message that was lost or doubled is found at the next one.
 *
 * <pre>
 *   crash.chat.data          folder with irc_messages.tsv.gz and irc_reply_links.tsv.gz; default: a sample
 *   crash.chat.logs          so many logs of it, all at the same time; default all
 *   crash.chat.speed         so much quicker than they were; default 100
 *   crash.chat.kill.seconds  between two kills; default 60, of the sample 3
 *   crash.chat.readers       devices that are there at a time; default 64, of the sample 8
 *   crash.chat.seed          who comes when; default 1
 * </pre>
 */
final class ChatKillTest {
  private static final String DATA = System.getProperty("crash.chat.data", "");
  private static final boolean WHOLE = !DATA.isEmpty();
  private static final long KILL_MS =
      TimeUnit.SECONDS.toMillis(Integer.getInteger("crash.chat.kill.seconds", WHOLE ? 60 : 3));
  private static final int READERS = Integer.getInteger("crash.chat.readers", WHOLE ? 64 : 8);
  private static final long SEED = Long.getLong("crash.chat.seed", 1);
  private static final int PIECE = 500;
  private static final long PAUSE_MS = 5;

  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();

  /** A user's device: what it has, kept on its own disk. One reader at a time. */
  private static final class Device {
    final Channel channel;
    final String user;
    private long order;
    private long had;
    private boolean taken;

    Device(Channel channel, String user) {
      this.channel = channel;
      this.user = user;
    }

    synchronized boolean take() {
      boolean free = !taken;
      taken = true;
      return free;
    }

    synchronized void leave() {
      taken = false;
    }
  }

  /** A channel with its lines and devices. */
  private record Channel(String name, List<ChatLog.Line> lines, List<Device> devices) {}

  @Test
  @Timeout(value = 6, unit = TimeUnit.HOURS)
  void everyDeviceHasWhatWasSaidOnceAndInOrderOverKills() throws Exception {
    Path folder = Folder.fresh(Settings.folder("chat"));
    Path data = folder.resolve("data");
    List<Channel> channels = new ArrayList<>();
    for (List<ChatLog.Line> log : WHOLE ? ChatLog.read(Path.of(DATA)) : ChatLog.sample()) {
      channels.add(channel("channel" + channels.size(), log));
    }
    List<Thread> senders = new ArrayList<>();
    List<Thread> readers = new ArrayList<>();
    int kills = 0;
    long startNs = System.nanoTime();
    long saidNs;
    try (Forwarder address = new Forwarder();
        ThalwegClient client = open(address.url())) {
      NodeProcess.Started node = up(folder, data, address);
      try {
        for (Channel channel : channels) {
          senders.add(Thread.ofVirtual().start(() -> watched(() -> say(client, channel))));
        }
        for (int i = 0; i < READERS; i++) {
          SplittableRandom random = new SplittableRandom(SEED + i);
          readers.add(
              Thread.ofVirtual().start(() -> watched(() -> come(client, channels, random))));
        }
        while (!joined(senders, KILL_MS)) {
          node.node().kill();
          node.node().close();
          kills++;
          node = up(folder, data, address);
        }
        saidNs = System.nanoTime() - startNs;
        over.set(true);
        for (Thread reader : readers) {
          reader.join();
        }
        throwWrong();
        everyDeviceReadsOn(client, channels);
      } finally {
        over.set(true);
        node.node().kill();
        node.node().close();
      }
    }
    System.out.printf(
        "crashtest: seed %d, %d channels, %d messages to %d devices in %d s over %d kills; all was"
            + " read after %d s%n",
        SEED,
        channels.size(),
        sent.get(),
        channels.stream().mapToInt(channel -> channel.devices().size()).sum(),
        TimeUnit.NANOSECONDS.toSeconds(saidNs),
        kills,
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs));
    Folder.delete(folder);
  }

  private static Channel channel(String name, List<ChatLog.Line> lines) {
    Channel channel = new Channel(name, lines, new ArrayList<>());
    lines.stream()
        .map(line -> name + "-" + line.user())
        .distinct()
        .forEach(user -> channel.devices().add(new Device(channel, user)));
    return channel;
  }

  private static NodeProcess.Started up(Path folder, Path data, Forwarder address)
      throws Exception {
    NodeProcess node =
        WHOLE ? NodeProcess.launch(folder, data, List.of()) : NodeProcess.launch(folder, data);
    String url = node.awaitReady();
    address.to(url);
    return new NodeProcess.Started(node, url);
  }

  /** With limits that a loaded machine keeps. */
  private static ThalwegClient open(String url) {
    return ThalwegClient.at(url)
        .timeout(Duration.ofMinutes(2))
        .connectTimeout(Duration.ofMinutes(1))
        .open();
  }

  /** What a thread does until it is done; it may wait. */
  private interface Work {
    void run() throws InterruptedException;
  }

  private void watched(Work work) {
    try {
      work.run();
    } catch (InterruptedException | RuntimeException | AssertionError e) {
      wrong.compareAndSet(null, e);
      over.set(true);
    }
  }

  private void throwWrong() {
    Throwable found = wrong.get();
    if (found != null) {
      throw new AssertionError("seed " + SEED, found);
    }
  }

  private static boolean joined(List<Thread> threads, long limitMs) throws InterruptedException {
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs);
    for (Thread thread : threads) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime());
      if (!thread.join(Duration.ofMillis(Math.max(1, leftMs)))) {
        return false;
      }
    }
    return true;
  }

  private static <Q extends Message, R extends Message> ServiceMethod<Q, R> method(
      String name, Q request, R reply) {
    return ServiceMethod.of(
        MessagingProto.getDescriptor().findServiceByName("Messaging"), name, request, reply);
  }

  /** As a client does: asks until it is answered. */
  private static <T> T again(Supplier<T> call) throws InterruptedException {
    while (true) {
      try {
        return call.get();
      } catch (ThalwegException noNode) {
        // It is started again, and knows what it had answered.
        Thread.sleep(PAUSE_MS);
      }
    }
  }

  // ---------------------------------------------------------------- saying

  private void say(ThalwegClient client, Channel channel) throws InterruptedException {
    String owner = channel.devices().getFirst().user;
    again(() ->
        client
            .call(
                CREATE,
                CreateConversationRequest.newBuilder()
                    .setConversation(channel.name())
                    .setUser(owner)
                    .build())
            .await());
    List<String> users = channel.devices().stream().map(device -> device.user).toList();
    for (int from = 0; from < users.size(); from += PIECE) {
      List<String> piece = users.subList(from, Math.min(users.size(), from + PIECE));
      again(() ->
          client
              .call(
                  ADD,
                  AddMembersRequest.newBuilder()
                      .setConversation(channel.name())
                      .setUser(owner)
                      .addAllMembers(piece)
                      .build())
              .await());
    }
    long startNs = System.nanoTime();
    for (int i = 0; i < channel.lines().size() && !over.get(); i++) {
      ChatLog.Line line = channel.lines().get(i);
      long dueMs = line.atMs() / Integer.getInteger("crash.chat.speed", 100);
      long nowMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
      if (dueMs > nowMs) {
        Thread.sleep(dueMs - nowMs);
      }
      SendMessageRequest request =
          SendMessageRequest.newBuilder()
              .setConversation(channel.name())
              .setUser(channel.name() + "-" + line.user())
              .setDevice("phone")
              .setClientMessageId("line " + i)
              .setReplyTo(line.replyTo())
              .setContent(Content.newBuilder().setText(line.text()))
              .build();
      SendMessageResponse answer = again(() -> client.call(SEND, request).await());
      assertThat(answer.getSeq()).as("line %d of %s", i, channel.name()).isEqualTo(i + 1);
      sent.incrementAndGet();
    }
  }

  // ---------------------------------------------------------------- reading

  /** Devices come, read for a while, and go, with or without a word. */
  private void come(ThalwegClient client, List<Channel> channels, SplittableRandom random)
      throws InterruptedException {
    while (!over.get()) {
      List<Device> devices = channels.get(random.nextInt(channels.size())).devices();
      Device device = devices.get(random.nextInt(devices.size()));
      if (device.take()) {
        try {
          for (int left = random.nextInt(1, 10); left > 0 && !over.get(); left--) {
            read(client, device);
            if (left > 1 || random.nextInt(3) > 0) {
              acknowledge(client, device);
            }
            Thread.sleep(PAUSE_MS);
          }
        } finally {
          device.leave();
        }
      }
    }
  }

  private static void read(ThalwegClient client, Device device) throws InterruptedException {
    ReadInboxResponse page =
        again(() ->
            client
                .call(
                    READ,
                    ReadInboxRequest.newBuilder()
                        .setUser(device.user)
                        .setDevice("phone")
                        .setAfterOrder(device.order)
                        .setPageSize(1_000)
                        .build())
                .await());
    assertThat(page.getResync()).isFalse();
    for (InboxItem item : page.getItemsList()) {
      assertThat(item.getOrder()).isGreaterThan(device.order);
      device.order = item.getOrder();
      if (item.getKind() == ItemKind.MESSAGE) {
        assertThat(item.getAfterSeq()).as("what %s has", device.user).isEqualTo(device.had);
        assertThat(item.getSeq()).isGreaterThan(device.had);
        device.had = item.getSeq();
      }
    }
  }

  private static void acknowledge(ThalwegClient client, Device device) throws InterruptedException {
    if (device.order > 0) {
      again(() ->
          client
              .call(
                  ACK,
                  AckInboxRequest.newBuilder()
                      .setUser(device.user)
                      .setDevice("phone")
                      .setOrder(device.order)
                      .build())
              .await());
    }
  }

  /** Every device reads to the end, and unread is the model's. */
  private void everyDeviceReadsOn(ThalwegClient client, List<Channel> channels)
      throws InterruptedException {
    List<Device> all = new ArrayList<>();
    channels.forEach(channel -> all.addAll(channel.devices()));
    AtomicInteger next = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(() ->
                  watched(() -> {
                    for (int n = next.getAndIncrement();
                        n < all.size() && wrong.get() == null;
                        n = next.getAndIncrement()) {
                      readOn(client, all.get(n));
                    }
                  })));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    throwWrong();
  }

  private static void readOn(ThalwegClient client, Device device) throws InterruptedException {
    List<ChatLog.Line> lines = device.channel.lines();
    long last = lines.size();
    while (device.had < last) {
      read(client, device);
      acknowledge(client, device);
      if (device.had < last) {
        Thread.sleep(PAUSE_MS);
      }
    }
    assertThat(device.had).isEqualTo(last);
    long own = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (device.user.equals(device.channel.name() + "-" + lines.get(i).user())) {
        own = i + 1;
      }
    }
    Conversation conversation =
        again(() ->
            client
                .call(
                    GET,
                    GetConversationRequest.newBuilder()
                        .setConversation(device.channel.name())
                        .setUser(device.user)
                        .build())
                .await());
    assertThat(conversation.getUnread()).as("unread of %s", device.user).isEqualTo(last - own);
    ListChatsResponse chats =
        again(() ->
            client.call(CHATS, ListChatsRequest.newBuilder().setUser(device.user).build()).await());
    assertThat(chats.getTotalUnread()).isEqualTo(last - own);
  }

  private static final ServiceMethod<CreateConversationRequest, Conversation> CREATE =
      method(
          "CreateConversation",
          CreateConversationRequest.getDefaultInstance(),
          Conversation.getDefaultInstance());
  private static final ServiceMethod<AddMembersRequest, Conversation> ADD =
      method(
          "AddMembers", AddMembersRequest.getDefaultInstance(), Conversation.getDefaultInstance());
  private static final ServiceMethod<GetConversationRequest, Conversation> GET =
      method(
          "GetConversation",
          GetConversationRequest.getDefaultInstance(),
          Conversation.getDefaultInstance());
  private static final ServiceMethod<SendMessageRequest, SendMessageResponse> SEND =
      method(
          "SendMessage",
          SendMessageRequest.getDefaultInstance(),
          SendMessageResponse.getDefaultInstance());
  private static final ServiceMethod<ReadInboxRequest, ReadInboxResponse> READ =
      method(
          "ReadInbox",
          ReadInboxRequest.getDefaultInstance(),
          ReadInboxResponse.getDefaultInstance());
  private static final ServiceMethod<AckInboxRequest, AckInboxResponse> ACK =
      method(
          "AckInbox", AckInboxRequest.getDefaultInstance(), AckInboxResponse.getDefaultInstance());
  private static final ServiceMethod<ListChatsRequest, ListChatsResponse> CHATS =
      method(
          "ListChats",
          ListChatsRequest.getDefaultInstance(),
          ListChatsResponse.getDefaultInstance());
}
