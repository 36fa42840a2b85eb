package io.thalweg.messaging;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.messaging.v1.AckInboxRequest;
import io.thalweg.messaging.v1.AckInboxResponse;
import io.thalweg.messaging.v1.Chat;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.CreateConversationRequest;
import io.thalweg.messaging.v1.EditMessageRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.ListChatsResponse;
import io.thalweg.messaging.v1.MarkReadRequest;
import io.thalweg.messaging.v1.ReactRequest;
import io.thalweg.messaging.v1.ReadInboxRequest;
import io.thalweg.messaging.v1.ReadInboxResponse;
import io.thalweg.messaging.v1.RetractMessageRequest;
import io.thalweg.messaging.v1.SendMessageRequest;
import io.thalweg.messaging.v1.SendMessageResponse;
import io.thalweg.testkit.Answered;
import io.thalweg.testkit.Invariant;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.QuietNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Users with two devices each that come and go. What each device is told, put together, is every
 * message once and in order; what was answered to who sent is what is there; and unread messages
 * are those of a model.
 */
final class Devices implements Invariant {
  private static final List<String> USERS = List.of("ana", "bo", "cy");
  private static final String TEAM = "team";
  private static final int MAX_ROUNDS = 1_000;

  private final Map<String, Device> devices = new TreeMap<>();
  private final List<SendMessageRequest> sent = new ArrayList<>();
  private final Map<Name, Long> acknowledged = new HashMap<>();
  private final Map<String, Long> readAtLeast = new HashMap<>();
  private final Map<String, Long> readAtMost = new HashMap<>();
  private final Set<String> retracted = new HashSet<>();
  private boolean created;
  private int ids;

  /** What a device knows: kept on its disk, so it does not go back when the node does. */
  private static final class Device {
    final String user;
    final String name;
    long order;
    final Map<String, Long> seqs = new TreeMap<>();

    Device(String user, String name) {
      this.user = user;
      this.name = name;
    }

    void take(ReadInboxResponse answer) {
      for (InboxItem item : answer.getItemsList()) {
        if (item.getOrder() <= order) {
          // An answer that was overtaken by a later one.
          continue;
        }
        order = item.getOrder();
        if (item.getKind() == ItemKind.MESSAGE) {
          long had = seqs.getOrDefault(item.getConversation(), 0L);
          check(
              item.getAfterSeq() == had && item.getSeq() > had,
              "%s of %s has %d of %s and is told of those after %d up to %d"
                  .formatted(
                      name, user, had, item.getConversation(), item.getAfterSeq(), item.getSeq()));
          seqs.put(item.getConversation(), item.getSeq());
        }
      }
    }
  }

  Devices() {
    for (String user : USERS) {
      for (String name : List.of("phone", "desk")) {
        devices.put(user + "/" + name, new Device(user, name));
      }
    }
  }

  // ---------------------------------------------------------------- what is asked

  Message draw(RandomGenerator random) {
    Device device = List.copyOf(devices.values()).get(random.nextInt(devices.size()));
    return switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4 -> send(device, random);
      case 5 -> sent.isEmpty() ? send(device, random) : sent.get(random.nextInt(sent.size()));
      case 6, 7, 8, 9 -> Requests.read(device.user, device.name, device.order);
      case 10, 11 -> Requests.ack(device.user, device.name, device.order);
      case 12, 13 -> markRead(device, random);
      case 14 -> Requests.chats(device.user);
      case 15, 16, 17 -> change(device, random);
      default -> Requests.create(TEAM, "ana", "bo", "cy");
    };
  }

  private SendMessageRequest send(Device device, RandomGenerator random) {
    String other = USERS.get(random.nextInt(USERS.size()));
    String conversation =
        created && random.nextInt(2) == 0 ? TEAM : DirectName.of(device.user, other);
    SendMessageRequest request =
        Requests.send(conversation, device.user, "m" + ids++, "text").toBuilder()
            .setDevice(device.name)
            .build();
    sent.add(request);
    return request;
  }

  /** Edits, retracts or reacts to a message, mostly of somebody who may. */
  private Message change(Device device, RandomGenerator random) {
    List<Map.Entry<Name, Long>> known = List.copyOf(acknowledged.entrySet());
    if (known.isEmpty()) {
      return Requests.chats(device.user);
    }
    Map.Entry<Name, Long> one = known.get(random.nextInt(known.size()));
    String conversation = one.getKey().conversation();
    String user = random.nextInt(4) == 0 ? device.user : one.getKey().user();
    return switch (random.nextInt(3)) {
      case 0 -> Requests.edit(conversation, user, one.getValue(), "edited");
      case 1 -> Requests.retract(conversation, user, one.getValue());
      default -> Requests.react(conversation, user, one.getValue(), "+1", random.nextBoolean());
    };
  }

  private static Message markRead(Device device, RandomGenerator random) {
    List<Map.Entry<String, Long>> known = List.copyOf(device.seqs.entrySet());
    if (known.isEmpty()) {
      return Requests.read(device.user, device.name, device.order);
    }
    Map.Entry<String, Long> one = known.get(random.nextInt(known.size()));
    long seq = Math.max(1, one.getValue() - random.nextInt(3));
    return Requests.markRead(device.user, one.getKey(), seq);
  }

  // ---------------------------------------------------------------- what is answered

  @Override
  public void answered(Answered answered) {
    if (answered.outcome() instanceof Outcome.Refused(Code code)) {
      check(
          code == Code.RESOURCE_EXHAUSTED
              || code == Code.UNAVAILABLE
              || ((code == Code.PERMISSION_DENIED || code == Code.FAILED_PRECONDITION)
                  && isChange(answered.request())),
          "refused with " + code + ": " + answered.request());
      return;
    }
    if (!(answered.outcome() instanceof Outcome.Replied(Message reply))) {
      return;
    }
    switch (answered.request()) {
      case SendMessageRequest request -> sent(request, ((SendMessageResponse) reply).getSeq());
      case ReadInboxRequest request -> {
        Device device = device(request.getUser(), request.getDevice());
        device.take((ReadInboxResponse) reply);
      }
      case AckInboxRequest request ->
          check(((AckInboxResponse) reply).getOrder() >= request.getOrder(), "a cursor went back");
      case MarkReadRequest request -> {
        String key = request.getUser() + " " + request.getConversation();
        readAtLeast.merge(key, request.getSeq(), Math::max);
        readAtMost.merge(key, request.getSeq(), Math::max);
      }
      case RetractMessageRequest request ->
          retracted.add(request.getConversation() + " " + request.getSeq());
      case CreateConversationRequest request -> created = true;
      default -> {}
    }
  }

  private static boolean isChange(Message request) {
    return request instanceof EditMessageRequest
        || request instanceof RetractMessageRequest
        || request instanceof ReactRequest;
  }

  private Device device(String user, String name) {
    return java.util.Objects.requireNonNull(devices.get(user + "/" + name));
  }

  /** What a client calls a message. */
  private record Name(String conversation, String user, String device, String id) {}

  private static Name key(SendMessageRequest request) {
    return new Name(
        request.getConversation(),
        request.getUser(),
        request.getDevice(),
        request.getClientMessageId());
  }

  private void sent(SendMessageRequest request, long seq) {
    Long before = acknowledged.put(key(request), seq);
    check(before == null || before == seq, key(request) + " is " + before + " and " + seq);
    String reader = request.getUser() + " " + request.getConversation();
    readAtLeast.merge(reader, seq, Math::max);
  }

  @Override
  public void unanswered(Message request) {
    if (request instanceof MarkReadRequest read) {
      readAtMost.merge(read.getUser() + " " + read.getConversation(), read.getSeq(), Math::max);
    }
  }

  // ---------------------------------------------------------------- in the end

  @Override
  public void quiet(QuietNode node) {
    int rounds = 0;
    int silent = 0;
    // In a large group inboxes are told on when they have acknowledged, also what was read before.
    for (Device device : devices.values()) {
      if (device.order > 0) {
        node.call(Requests.ack(device.user, device.name, device.order), AckInboxResponse.class);
      }
    }
    while (silent < 3) {
      check(rounds++ < MAX_ROUNDS, "inboxes have no end");
      boolean news = false;
      for (Device device : devices.values()) {
        long before = device.order;
        device.take(
            node.call(
                Requests.read(device.user, device.name, device.order), ReadInboxResponse.class));
        if (device.order > before) {
          node.call(Requests.ack(device.user, device.name, device.order), AckInboxResponse.class);
          news = true;
        }
      }
      silent = news ? 0 : silent + 1;
      node.sleep(2_000);
    }
    for (String user : USERS) {
      ListChatsResponse chats = node.call(Requests.chats(user), ListChatsResponse.class);
      long total = 0;
      for (Chat chat : chats.getChatsList()) {
        total += chat.getUnread();
        chat(node, user, chat);
      }
      check(total == chats.getTotalUnread(), "unread in all is not the sum of " + chats);
    }
    acknowledged.forEach((key, seq) ->
        check(
            device(key.user(), "phone").seqs.getOrDefault(key.conversation(), 0L) >= seq,
            key + " was acknowledged and is in no inbox"));
  }

  /** One conversation of one user: what is there, and what is unread. */
  private void chat(QuietNode node, String user, Chat chat) {
    String name = chat.getConversation();
    Conversation conversation = node.call(Requests.get(name, user), Conversation.class);
    List<io.thalweg.messaging.v1.Message> all = new ArrayList<>();
    GetMessagesResponse page;
    do {
      page = node.call(Requests.after(name, user, all.size()), GetMessagesResponse.class);
      all.addAll(page.getMessagesList());
    } while (page.getMore());
    check(all.size() == conversation.getLastSeq(), name + " has " + all.size() + " messages");
    for (String device : List.of("phone", "desk")) {
      long has = device(user, device).seqs.getOrDefault(name, 0L);
      check(has == all.size(), device + " of " + user + " has " + has + " of " + all.size());
    }
    Map<Name, Long> there = new HashMap<>();
    long own = 0;
    for (io.thalweg.messaging.v1.Message message : all) {
      Name key =
          new Name(name, message.getUser(), message.getDevice(), message.getClientMessageId());
      check(
          message.getRetracted() != message.hasContent(),
          "%s is retracted and has content, or neither".formatted(key));
      check(
          message.getRetracted() || !retracted.contains(name + " " + message.getSeq()),
          key + " was retracted and is there");
      check(there.put(key, message.getSeq()) == null, key + " is there twice");
      if (message.getUser().equals(user)) {
        own = message.getSeq();
      }
    }
    acknowledged.forEach((key, seq) -> {
      if (key.conversation().equals(name)) {
        check(seq.equals(there.get(key)), key + " is not at " + seq);
      }
    });
    String reader = user + " " + name;
    long least = Math.max(own, readAtLeast.getOrDefault(reader, 0L));
    long most = Math.max(least, readAtMost.getOrDefault(reader, 0L));
    long unread = chat.getUnread();
    check(
        all.size() - most <= unread && unread <= all.size() - least,
        "%s has %d unread of %d in %s; read are %d to %d"
            .formatted(user, unread, all.size(), name, least, most));
    check(unread == conversation.getUnread(), "inbox and conversation disagree on " + chat);
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
