package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.client.ServiceMethod;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.ThalwegException;
import io.thalweg.messaging.v1.AckInboxRequest;
import io.thalweg.messaging.v1.AckInboxResponse;
import io.thalweg.messaging.v1.Content;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.CreateConversationRequest;
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
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every device is told of every message once and in order, and unread is right, whenever the node
 * is killed: senders send each message until it is answered, devices read and acknowledge.
 *
 * <pre>
 *   crash.messaging.kills    default 2
 *   crash.messaging.seed     when it is killed; default 1
 * </pre>
 */
final class MessagingKillTest {
  private static final int KILLS = Integer.getInteger("crash.messaging.kills", 2);
  private static final long SEED = Long.getLong("crash.messaging.seed", 1);
  private static final List<String> USERS = List.of("ana", "bo", "cy");
  private static final String GROUP = "team";
  private static final long LIMIT_MS = TimeUnit.MINUTES.toMillis(5);
  private static final long PAUSE_MS = 5;

  private static final ServiceMethod<CreateConversationRequest, Conversation> CREATE =
      method(
          "CreateConversation",
          CreateConversationRequest.getDefaultInstance(),
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

  /** Who sent what has which number: two messages of one number would be found here. */
  private final Map<Long, String> sent = new ConcurrentHashMap<>();

  private final Map<String, Long> own = new ConcurrentHashMap<>();
  private final AtomicLong newest = new AtomicLong();
  private final AtomicBoolean enough = new AtomicBoolean();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();

  private static <Q extends Message, R extends Message> ServiceMethod<Q, R> method(
      String name, Q request, R reply) {
    return ServiceMethod.of(
        MessagingProto.getDescriptor().findServiceByName("Messaging"), name, request, reply);
  }

  @Test
  @Timeout(value = 6, unit = TimeUnit.HOURS)
  void everyDeviceIsToldOfEveryMessageOnceAndInOrderOverKills() throws Exception {
    Path folder = Folder.fresh(Settings.folder("messaging"));
    Path data = folder.resolve("data");
    Random random = new Random(SEED);
    List<Thread> senders = new ArrayList<>();
    List<Thread> devices = new ArrayList<>();
    try (Wire address = Wire.toNobody();
        ThalwegClient client = open(address.url())) {
      for (int kill = 0; kill < KILLS; kill++) {
        NodeProcess.Started started = NodeProcess.up(folder, data);
        try (NodeProcess node = started.node()) {
          address.to(started.url());
          if (kill == 0) {
            client
                .call(
                    CREATE,
                    CreateConversationRequest.newBuilder()
                        .setConversation(GROUP)
                        .setUser("ana")
                        .addAllMembers(USERS)
                        .build())
                .await();
            for (String user : USERS) {
              senders.add(Thread.ofVirtual().start(() -> watched(() -> send(client, user))));
              devices.add(Thread.ofVirtual().start(() -> watched(() -> receive(client, user))));
            }
          }
          awaitNewest(newest.get() + 100 + random.nextInt(200));
          node.kill();
        }
      }
      NodeProcess.Started last = NodeProcess.up(folder, data);
      try (NodeProcess node = last.node()) {
        address.to(last.url());
        enough.set(true);
        for (Thread sender : senders) {
          sender.join();
        }
        over.set(true);
        for (Thread device : devices) {
          device.join();
        }
        Throwable found = wrong.get();
        if (found != null) {
          throw new AssertionError("seed " + SEED, found);
        }
        check(client);
        node.kill();
      }
    } finally {
      enough.set(true);
      over.set(true);
    }
    System.out.printf("crashtest: seed %d, %d messages over %d kills%n", SEED, sent.size(), KILLS);
    Folder.delete(folder);
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
      enough.set(true);
    }
  }

  private void send(ThalwegClient client, String user) throws InterruptedException {
    for (int i = 0; !enough.get(); i++) {
      String id = "m" + i;
      SendMessageRequest request =
          SendMessageRequest.newBuilder()
              .setConversation(GROUP)
              .setUser(user)
              .setDevice("phone")
              .setClientMessageId(id)
              .setContent(Content.newBuilder().setText(user + " " + id))
              .build();
      SendMessageResponse answer = null;
      while (answer == null) {
        try {
          answer = client.call(SEND, request).await();
        } catch (ThalwegException noNode) {
          Thread.sleep(PAUSE_MS);
        }
      }
      String before = sent.put(answer.getSeq(), user + " " + id);
      assertThat(before).as("number %d", answer.getSeq()).isNull();
      own.merge(user, answer.getSeq(), Math::max);
      newest.accumulateAndGet(answer.getSeq(), Math::max);
      Thread.sleep(PAUSE_MS);
    }
  }

  private void receive(ThalwegClient client, String user) throws InterruptedException {
    long order = 0;
    long had = 0;
    while (!over.get() || had < newest.get()) {
      ReadInboxResponse read;
      try {
        read =
            client
                .call(
                    READ,
                    ReadInboxRequest.newBuilder()
                        .setUser(user)
                        .setDevice("phone")
                        .setAfterOrder(order)
                        .build())
                .await();
        for (InboxItem item : read.getItemsList()) {
          assertThat(item.getOrder()).isGreaterThan(order);
          order = item.getOrder();
          if (item.getKind() == ItemKind.MESSAGE) {
            assertThat(item.getAfterSeq()).as("what %s was told before", user).isEqualTo(had);
            had = item.getSeq();
          }
        }
        client
            .call(
                ACK,
                AckInboxRequest.newBuilder()
                    .setUser(user)
                    .setDevice("phone")
                    .setOrder(order)
                    .build())
            .await();
      } catch (ThalwegException noNode) {
        // It is started again, and knows what it had answered.
      }
      Thread.sleep(PAUSE_MS);
    }
    assertThat(had).isEqualTo(newest.get());
  }

  private void awaitNewest(long seq) throws InterruptedException {
    long startNs = System.nanoTime();
    while (newest.get() < seq && wrong.get() == null) {
      if (TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs) > LIMIT_MS) {
        throw new AssertionError("waited in vain for message " + seq + "; seed " + SEED);
      }
      Thread.sleep(5);
    }
  }

  private void check(ThalwegClient client) {
    // Every number was answered to somebody, and none twice: nothing is lost and nothing doubled.
    assertThat(sent).hasSize((int) newest.get());
    for (String user : USERS) {
      ListChatsResponse chats =
          client.call(CHATS, ListChatsRequest.newBuilder().setUser(user).build()).await();
      assertThat(chats.getTotalUnread()).isEqualTo(newest.get() - own.getOrDefault(user, 0L));
    }
  }
}
