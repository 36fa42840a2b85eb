package io.thalweg.messaging;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.messaging.v1.AckInboxResponse;
import io.thalweg.messaging.v1.Chat;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.ListChatsResponse;
import io.thalweg.messaging.v1.ReadInboxResponse;
import io.thalweg.messaging.v1.SendMessageResponse;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.EffectAttempt;
import io.thalweg.runtime.EffectOutcome;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.WatchStream;
import io.thalweg.testkit.TestEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;

/** A node with messaging in three partitions, and its users in few words. */
final class Chatting implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Path data;
  private Node node;

  /** Calls that were made, in order. */
  final BlockingQueue<EffectAttempt> calls = new LinkedBlockingQueue<>();

  Chatting(Path data) {
    this.data = data;
    node = open();
  }

  private Node open() {
    return TestEngine.at(data)
        .service(Messaging.TYPE)
        .options(NodeOptions.defaults().withPartitions(3))
        .effects((attempt, done) -> {
          calls.add(attempt);
          done.accept(answer(attempt));
        })
        .open();
  }

  private static EffectOutcome answer(EffectAttempt attempt) {
    return new EffectOutcome.Responded(
        attempt.request().url().contains("gone") ? 410 : 204, List.of(), ByteString.EMPTY, false);
  }

  void restart() {
    node.close();
    node = open();
  }

  <R extends Message> R call(Message request, Class<R> reply) {
    return node.call(request, reply);
  }

  Failure refusal(Message request) {
    try {
      throw new AssertionError("not refused: " + node.call(request, Message.class));
    } catch (Failure e) {
      return e;
    }
  }

  SendMessageResponse send(String conversation, String user, String id, String text) {
    return call(Requests.send(conversation, user, id, text), SendMessageResponse.class);
  }

  WatchStream watch(String user) {
    return node.watch(
        new Request(Requests.watch(user), Caller.ANONYMOUS, null, Long.MAX_VALUE), null);
  }

  static InboxItem next(WatchStream watch) throws InterruptedException {
    return (InboxItem) Objects.requireNonNull(watch.next(LIMIT), "nothing came").message();
  }

  /** Waits until an item of the inbox is as wanted, watching from the log's beginning. */
  InboxItem await(String user, Predicate<InboxItem> wanted) throws InterruptedException {
    try (WatchStream watch =
        node.watch(
            new Request(Requests.watch(user), Caller.ANONYMOUS, null, Long.MAX_VALUE), "0")) {
      while (true) {
        InboxItem item = next(watch);
        if (wanted.test(item)) {
          return item;
        }
      }
    }
  }

  /** Waits until the inbox knows of a message. */
  InboxItem awaitMessage(String user, String conversation, long seq) throws InterruptedException {
    return await(
        user,
        item ->
            item.getKind() == ItemKind.MESSAGE
                && item.getConversation().equals(conversation)
                && item.getSeq() >= seq);
  }

  List<InboxItem> read(String user, String device) {
    return call(Requests.read(user, device), ReadInboxResponse.class).getItemsList();
  }

  long ack(String user, String device, long order) {
    return call(Requests.ack(user, device, order), AckInboxResponse.class).getOrder();
  }

  List<String> texts(String conversation, String user) {
    return call(Requests.after(conversation, user, 0), GetMessagesResponse.class)
        .getMessagesList()
        .stream()
        .map(message -> message.getContent().getText())
        .toList();
  }

  ListChatsResponse chats(String user) {
    return call(Requests.chats(user), ListChatsResponse.class);
  }

  Chat chat(String user, String conversation) {
    return chats(user).getChatsList().stream()
        .filter(chat -> chat.getConversation().equals(conversation))
        .findFirst()
        .orElseThrow();
  }

  Node node() {
    return node;
  }

  @Override
  public void close() {
    node.close();
  }
}
