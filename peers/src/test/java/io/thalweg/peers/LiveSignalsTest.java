package io.thalweg.peers;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.kafka.KafkaOptions;
import io.thalweg.kafka.TestBroker;
import io.thalweg.messaging.Messaging;
import io.thalweg.messaging.v1.ConnectedDevice;
import io.thalweg.messaging.v1.Content;
import io.thalweg.messaging.v1.GetPresenceRequest;
import io.thalweg.messaging.v1.GetPresenceResponse;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.SendMessageRequest;
import io.thalweg.messaging.v1.SendMessageResponse;
import io.thalweg.messaging.v1.SetPresenceRequest;
import io.thalweg.messaging.v1.SetPresenceResponse;
import io.thalweg.messaging.v1.SetTypingRequest;
import io.thalweg.messaging.v1.SetTypingResponse;
import io.thalweg.messaging.v1.WatchInboxRequest;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.WatchStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is known of now only, in a cluster: it reaches every node, and survives the loss of one. */
@Timeout(300)
class LiveSignalsTest {
  private static final Duration LIMIT = Duration.ofSeconds(100);
  private static final int PARTITIONS = 4;
  private static final List<String> USERS =
      List.of("ana", "bo", "cy", "dee", "eve", "flo", "gus", "hal");

  @TempDir Path directory;

  private static TestMember start(TestBroker broker, Path data, String name) {
    KafkaOptions kafka = KafkaOptions.of(broker.bootstrap(), "live").forDevelopment();
    MemberOptions options =
        MemberOptions.local(name).withPlacement(TestMember.QUICK, Duration.ofMillis(200));
    return TestMember.start(kafka, data.resolve(name), options, Messaging.TYPE, PARTITIONS);
  }

  @Test
  void typingReachesWatchersOfBothNodesAndDevicesOfALostNodeVanishUntilTheyComeBack()
      throws IOException, InterruptedException {
    TestBroker broker = TestBroker.start(directory);
    TestMember a = start(broker, directory, "a");
    try (TestMember b = start(broker, directory, "b")) {
      await(
          "each leads something and all is led",
          () -> a.led() > 0 && b.led() > 0 && a.led() + b.led() == PARTITIONS);
      for (String user : USERS) {
        String conversation = "direct~" + user + "~zoe";
        call(
            b.node(),
            SendMessageRequest.newBuilder()
                .setConversation(conversation)
                .setUser("zoe")
                .setDevice("desk")
                .setClientMessageId("1")
                .setContent(Content.newBuilder().setText("Hello"))
                .build(),
            SendMessageResponse.class);
        // Whichever node leads conversation and inbox, and whichever the client is connected to.
        try (WatchStream here = watch(a.node(), user);
            WatchStream there = watch(b.node(), user)) {
          SetTypingRequest typing =
              SetTypingRequest.newBuilder().setConversation(conversation).setUser("zoe").build();
          awaitTyping(a.node(), typing, here);
          awaitTyping(a.node(), typing, there);
        }
        call(a.node(), present(user, "phone", "a", 5_000), SetPresenceResponse.class);
        call(a.node(), present(user, "desk", "b", 3_600_000), SetPresenceResponse.class);
        assertThat(nodesOf(b.node(), user)).containsExactlyInAnyOrder("a", "b");
      }

      a.vanish();
      for (String user : USERS) {
        await("nobody is connected to the lost node", () -> !nodesOf(b.node(), user).contains("a"));
        // What the lost node has led is known again once devices have said it again.
        call(b.node(), present(user, "desk", "b", 3_600_000), SetPresenceResponse.class);
        call(b.node(), present(user, "phone", "b", 3_600_000), SetPresenceResponse.class);
        assertThat(nodesOf(b.node(), user)).containsExactly("b", "b");
      }
    } finally {
      a.member().close();
      broker.close();
    }
  }

  private static WatchStream watch(Node node, String user) {
    return again(() ->
        node.watch(
            request(WatchInboxRequest.newBuilder().setUser(user).setLive(true).build()), null));
  }

  /** Nothing of it is kept, so it is said until it is heard. */
  private static void awaitTyping(Node node, SetTypingRequest typing, WatchStream watch)
      throws InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      call(node, typing, SetTypingResponse.class);
      WatchStream.Item item = watch.next(Duration.ofMillis(200));
      if (item != null && ((InboxItem) item.message()).getKind() == ItemKind.TYPING) {
        return;
      }
      assertThat(System.nanoTime()).as("typing is told").isLessThan(end);
    }
  }

  private static SetPresenceRequest present(String user, String device, String node, int ttlMs) {
    return SetPresenceRequest.newBuilder()
        .setUser(user)
        .setDevice(device)
        .setNode(node)
        .setTtlMs(ttlMs)
        .build();
  }

  private static List<String> nodesOf(Node node, String user) {
    GetPresenceRequest who = GetPresenceRequest.newBuilder().setUser(user).build();
    return call(node, who, GetPresenceResponse.class).getDevicesList().stream()
        .map(ConnectedDevice::getNode)
        .toList();
  }

  private static <R extends Message> R call(Node node, Message message, Class<R> reply) {
    return again(() -> node.call(request(message), reply));
  }

  private static Request request(Message message) {
    return new Request(
        message, Caller.ANONYMOUS, null, System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
  }

  /** As a client does: what may succeed later is asked again. */
  private static <T> T again(java.util.function.Supplier<T> call) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      try {
        return call.get();
      } catch (Failure e) {
        if (!e.isRetryable() || System.nanoTime() - end > 0) {
          throw e;
        }
      }
    }
  }

  private static void await(String what, BooleanSupplier condition) {
    Waiters waiters = new Waiters(Host.machine());
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      waiters.await(() -> false, TimeUnit.MILLISECONDS.toNanos(20));
    }
  }
}
