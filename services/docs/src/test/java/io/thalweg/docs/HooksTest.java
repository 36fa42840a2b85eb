package io.thalweg.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.thalweg.docs.v1.Hook;
import io.thalweg.docs.v1.ListHooksRequest;
import io.thalweg.docs.v1.ListHooksResponse;
import io.thalweg.docs.v1.SetHookRequest;
import io.thalweg.runtime.EffectAttempt;
import io.thalweg.runtime.EffectOutcome;
import io.thalweg.runtime.EffectPerformer;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is told of changes. Signing, retries and addresses are the effect runner's. */
class HooksTest {
  private static final long LIMIT_S = 120;

  @TempDir Path data;

  /** A receiver that refuses each call once before it takes it. */
  private static final class Receiver implements EffectPerformer {
    private final BlockingQueue<EffectAttempt> calls = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

    @Override
    public void perform(EffectAttempt attempt, Consumer<EffectOutcome> done) {
      boolean takes = calls.stream().anyMatch(earlier -> earlier.id().equals(attempt.id()));
      calls.add(attempt);
      if (takes) {
        taken.add(attempt.request().url() + " " + attempt.request().body().toStringUtf8());
      }
      done.accept(
          new EffectOutcome.Responded(takes ? 204 : 503, List.of(), ByteString.EMPTY, false));
    }

    String await() throws InterruptedException {
      String call = taken.poll(LIMIT_S, TimeUnit.SECONDS);
      assertThat(call).isNotNull();
      return call;
    }
  }

  private Node open(EffectPerformer receiver) {
    return Thalweg.at(data)
        .service(Docs.TYPE)
        .options(NodeOptions.defaults().withPartitions(3))
        .effects(receiver)
        .open();
  }

  private static SetHookRequest hook(String name, String prefix, int debounceMs) {
    return SetHookRequest.newBuilder()
        .setHook(name)
        .setPrefix(prefix)
        .setUrl("https://receiver.example/" + name)
        .setDebounceMs(debounceMs)
        .build();
  }

  @Test
  void manyChangesAreToldOnceToTheHooksOfThePrefixAndAgainIfTheReceiverFails() throws Exception {
    Receiver receiver = new Receiver();
    try (Node node = open(receiver)) {
      node.call(hook("team", "team/", 100), Message.class);
      node.call(hook("other", "other/", 100), Message.class);
      for (int i = 0; i < 50; i++) {
        node.call(Requests.insert("team/a", 0, "x"), Message.class);
      }
      assertThat(receiver.await())
          .startsWith("https://receiver.example/team {\"type\":\"document.changed\"")
          .contains("\"document\":\"team/a\"");
      // However many calls it took meanwhile, the last one told the last version.
      String last =
          receiver.calls.stream().reduce((_, b) -> b).orElseThrow().request().body().toStringUtf8();
      while (!last.contains("\"version\":50")) {
        last = receiver.await();
      }
      node.call(Requests.delete("team/a"), Message.class);
      String told = receiver.await();
      while (told.contains("document.changed")) {
        told = receiver.await();
      }
      assertThat(told).contains("\"type\":\"document.deleted\"");
      assertThat(receiver.calls).hasSizeLessThan(50);
      assertThat(receiver.calls).noneMatch(call -> call.request().url().endsWith("/other"));
    }
  }

  @Test
  void aChangeThatWasNotToldIsToldAfterARestart() throws Exception {
    EffectPerformer absent =
        (attempt, done) ->
            done.accept(new EffectOutcome.Responded(503, List.of(), ByteString.EMPTY, false));
    try (Node node = open(absent)) {
      node.call(hook("late", "", 2_000), Message.class);
      node.call(Requests.insert("a", 0, "x"), Message.class);
    }
    Receiver receiver = new Receiver();
    try (Node node = open(receiver)) {
      assertThat(receiver.await()).contains("\"document\":\"a\"", "\"version\":1");
      assertThat(node.call(ListHooksRequest.getDefaultInstance(), ListHooksResponse.class))
          .extracting(hooks -> hooks.getHooksList().stream().map(Hook::getHook).toList())
          .isEqualTo(List.of("late"));
    }
  }

  @Test
  void whatCannotBeCalledIsRefused() {
    try (Node node = open(new Receiver())) {
      assertThatThrownBy(() ->
              node.call(hook("a", "", 0).toBuilder().setUrl("ftp://x").build(), Message.class))
          .hasMessageContaining("url");
      assertThatThrownBy(() -> node.call(hook("a", "", 99), Message.class))
          .hasMessageContaining("debounce_ms");
      for (int i = 0; i < 50; i++) {
        node.call(hook("h" + i, "", 0), Message.class);
      }
      assertThatThrownBy(() -> node.call(hook("a", "", 0), Message.class))
          .hasMessageContaining("at most 50 hooks");
    }
  }
}
