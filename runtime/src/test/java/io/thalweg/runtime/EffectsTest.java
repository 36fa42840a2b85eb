package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.test.FireRequest;
import io.thalweg.runtime.test.Firing;
import io.thalweg.runtime.test.GetHookRequest;
import io.thalweg.runtime.test.Heard;
import io.thalweg.runtime.test.Hook;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Effects: each is called at least once, and has one result, whatever happens in between. */
class EffectsTest {
  private static final EffectRetryPolicy QUICK = new EffectRetryPolicy(1, 4, 0, 1000);
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir Path data;
  @TempDir Path scratch;

  @BeforeEach
  void reset() {
    Hooks.HANDLED.set(0);
    Hooks.MENDED.set(false);
  }

  private Node open(Outside outside) {
    return open(outside, QUICK, DAY);
  }

  private Node open(Outside outside, EffectRetryPolicy retries, Duration expires) {
    return node().effects(outside, retries, expires).open();
  }

  private Thalweg node() {
    return Thalweg.at(data).service(Hooks.TYPE).options(NodeOptions.defaults().withPartitions(1));
  }

  private static FireRequest.Builder fire(String key) {
    return FireRequest.newBuilder().setKey(key);
  }

  private static Hook get(Node node, String key) {
    return node.call(GetHookRequest.newBuilder().setKey(key).build(), Hook.class);
  }

  private static Hook awaitHeard(Node node, String key, int count) {
    Bank.await(count + " results", () -> get(node, key).getHeardCount() >= count);
    return get(node, key);
  }

  private static long pending(Node node) {
    return node.status().partitions().getFirst().pendingEffects();
  }

  @Test
  void anEffectIsCalledAndItsResultComesBackAsACommand() throws Exception {
    Outside outside = Outside.always(Outside.OK);
    try (Node node = open(outside)) {
      Hook asked = node.call(fire("a").build(), Hook.class);
      Heard heard = awaitHeard(node, "a", 1).getHeard(0);
      assertThat(heard.getId()).isEqualTo(asked.getIds(0));
      assertThat(heard.getEnd()).isEqualTo("SUCCEEDED");
      assertThat(heard.getStatus()).isEqualTo(200);
      assertThat(heard.getAttempts()).isEqualTo(1);
      assertThat(heard.getPrincipal()).isEqualTo("effect");
      assertThat(outside.calls()).hasSize(1);
      EffectAttempt attempt = outside.calls().getFirst().attempt();
      assertThat(attempt.id()).isEqualTo(asked.getIds(0)).matches("hooks-0-1-\\d+-[0-9a-f]{8}");
      assertThat(attempt.request().body().toStringUtf8()).isEqualTo("a0");
      assertThat(attempt.request().headers()).containsExactly(new HttpHeader("x-number", "0"));
      Bank.await("nothing pending", () -> pending(node) == 0);
    }
    Bank.verify(data, scratch, SegmentLogOptions.DEFAULTS);
  }

  @Test
  void anEffectThatFailsIsTriedAgainWithTheSameIdUntilItIsTaken() {
    Outside outside = new Outside(attempt -> attempt.attempt() < 5 ? Outside.AWAY : Outside.OK);
    try (Node node = open(outside)) {
      node.call(fire("a").build(), Hook.class);
      Hook hook = awaitHeard(node, "a", 1);
      assertThat(hook.getHeard(0).getAttempts()).isEqualTo(5);
      assertThat(outside.attempts()).containsExactly(1, 2, 3, 4, 5);
      assertThat(new HashSet<>(outside.ids())).containsExactly(hook.getIds(0));
      assertThat(Bank.metric(node, "thalweg.effects.retried")).isEqualTo(4);
    }
  }

  @Test
  void aFinalAnswerIsTheResult() {
    Outside outside = Outside.always(Outside.GONE);
    try (Node node = open(outside)) {
      node.call(fire("a").build(), Hook.class);
      Heard heard = awaitHeard(node, "a", 1).getHeard(0);
      assertThat(heard.getEnd()).isEqualTo("REFUSED");
      assertThat(heard.getStatus()).isEqualTo(410);
      assertThat(outside.calls()).hasSize(1);
    }
  }

  @Test
  void anEffectThatWasTriedOftenEnoughIsGivenUp() {
    Outside outside = Outside.always(Outside.AWAY);
    try (Node node = open(outside, new EffectRetryPolicy(1, 1, 0, 3), DAY)) {
      node.call(fire("a").build(), Hook.class);
      Heard heard = awaitHeard(node, "a", 1).getHeard(0);
      assertThat(heard.getEnd()).isEqualTo("ATTEMPTS_USED_UP");
      assertThat(outside.attempts()).containsExactly(1, 2, 3);
    }
  }

  @Test
  void anEffectWhoseTimeIsOverIsGivenUp() {
    Outside outside = Outside.always(Outside.AWAY);
    try (Node node = open(outside, QUICK, Duration.ofSeconds(1))) {
      node.call(fire("a").build(), Hook.class);
      Heard heard = awaitHeard(node, "a", 1).getHeard(0);
      assertThat(heard.getEnd()).isEqualTo("EXPIRED");
      assertThat(heard.getAttempts()).isEqualTo(outside.calls().size());
    }
  }

  @Test
  void anEffectWhoseTimeWasOverWithoutANodeIsNotCalledAgain() {
    Outside first = Outside.silent();
    long beganNs = System.nanoTime();
    try (Node node = open(first, QUICK, Duration.ofDays(1))) {
      node.call(fire("a").build(), Hook.class);
      Bank.await("the call", () -> first.calls().size() == 1);
    }
    Bank.await("two seconds", () -> System.nanoTime() - beganNs > 3_000_000_000L);
    Outside second = Outside.always(Outside.OK);
    try (Node node = open(second, QUICK, Duration.ofSeconds(2))) {
      Heard heard = awaitHeard(node, "a", 1).getHeard(0);
      assertThat(heard.getEnd()).isEqualTo("EXPIRED");
      assertThat(heard.getAttempts()).isZero();
      assertThat(second.calls()).isEmpty();
    }
  }

  @Test
  void aPerformerThatThrowsIsAnAttemptThatFailed() {
    Outside outside =
        new Outside(attempt -> {
          if (attempt.attempt() == 1) {
            throw new IllegalStateException("a performer that is broken");
          }
          return Outside.OK;
        });
    try (Node node = open(outside)) {
      node.call(fire("a").build(), Hook.class);
      Heard heard = awaitHeard(node, "a", 1).getHeard(0);
      assertThat(heard.getEnd()).isEqualTo("SUCCEEDED");
      assertThat(heard.getAttempts()).isEqualTo(2);
    }
  }

  @Test
  void anEffectOfACommandThatIsUndoneIsNeverCalled() {
    Outside outside = Outside.always(Outside.OK);
    try (Node node = open(outside)) {
      assertThatThrownBy(() -> node.call(fire("undone").setUndone(true).build(), Hook.class))
          .hasMessageContaining("it was not meant");
      node.call(fire("done").build(), Hook.class);
      Hook hook = awaitHeard(node, "done", 1);
      // Effects begin in the order in which they were asked for.
      assertThat(outside.ids()).containsExactlyElementsOf(hook.getIdsList());
    }
  }

  @Test
  void anEffectIsCalledOnlyWhenItsCommandIsDurable() {
    AtomicReference<Node> opened = new AtomicReference<>();
    List<String> early = new CopyOnWriteArrayList<>();
    Outside outside =
        new Outside(attempt -> {
          long offset = Long.parseLong(attempt.id().split("-", -1)[3]);
          Node node = opened.get();
          if (node == null || node.durableOffset(new PartitionId("hooks", 0)) <= offset) {
            early.add(attempt.id());
          }
          return Outside.OK;
        });
    try (Node node = open(outside)) {
      opened.set(node);
      List<CompletableFuture<Hook>> asked = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        asked.add(node.submit(fire("a").setTimes(3).build(), Hook.class));
      }
      asked.forEach(CompletableFuture::join);
      awaitHeard(node, "a", 600);
      assertThat(early).isEmpty();
      assertThat(new HashSet<>(outside.ids())).hasSize(600);
    }
  }

  @Test
  void anEffectInFlightWhenTheNodeEndsIsCalledAgainAndHasOneResult() throws Exception {
    Outside first = Outside.silent();
    String id;
    try (Node node = open(first)) {
      id = node.call(fire("a").build(), Hook.class).getIds(0);
      Bank.await("the call", () -> first.calls().size() == 1);
    }
    Outside second = Outside.silent();
    try (Node node = open(second)) {
      Bank.await("the second call", () -> second.calls().size() == 1);
      // The first answer comes after all; nobody waits for it any more.
      first.calls().getFirst().done().accept(Outside.GONE);
      second.calls().getFirst().done().accept(Outside.OK);
      Heard heard = awaitHeard(node, "a", 1).getHeard(0);
      assertThat(heard.getEnd()).isEqualTo("SUCCEEDED");
      assertThat(heard.getAttempts()).isEqualTo(1);
      assertThat(first.ids()).containsExactly(id);
      assertThat(second.ids()).containsExactly(id);
    }
    Outside third = Outside.silent();
    try (Node node = open(third)) {
      node.call(fire("b").build(), Hook.class);
      Bank.await("another call", () -> third.calls().size() == 1);
      assertThat(third.ids()).doesNotContain(id);
      assertThat(get(node, "a").getHeardCount()).isEqualTo(1);
    }
    Bank.verify(data, scratch, SegmentLogOptions.DEFAULTS);
  }

  @Test
  void anAttemptThatEndsTwiceHasOneResult() {
    Outside outside = Outside.silent();
    try (Node node = open(outside)) {
      node.call(fire("a").build(), Hook.class);
      Bank.await("the call", () -> outside.calls().size() == 1);
      outside.calls().getFirst().done().accept(Outside.OK);
      outside.calls().getFirst().done().accept(Outside.GONE);
      awaitHeard(node, "a", 1);
      node.call(fire("b").build(), Hook.class);
      Bank.await("another call", () -> outside.calls().size() == 2);
      outside.calls().getLast().done().accept(Outside.OK);
      awaitHeard(node, "b", 1);
      assertThat(get(node, "a").getHeardCount()).isEqualTo(1);
    }
  }

  @Test
  void moreEffectsThanTheWindowWaitForThoseInFlight() {
    Outside outside = Outside.silent();
    int all = EffectRunner.WINDOW + 64;
    try (Node node = open(outside)) {
      for (int i = 0; i < all / 64; i++) {
        node.call(fire("a").setTimes(64).build(), Hook.class);
      }
      Bank.await("a full window", () -> outside.calls().size() == EffectRunner.WINDOW);
      assertThat(pending(node)).isEqualTo(all);
      for (int i = 0; i < all; i++) {
        int number = i;
        Bank.await("call " + number, () -> outside.calls().size() > number);
        assertThat(outside.calls().size() - number).isLessThanOrEqualTo(EffectRunner.WINDOW);
        outside.calls().get(number).done().accept(Outside.OK);
      }
      awaitHeard(node, "a", all);
      assertThat(new HashSet<>(outside.ids())).hasSize(all);
    }
  }

  @Test
  void aReceiverThatIsAwayDoesNotHoldUpTheOthers() {
    Outside outside =
        new Outside(
            attempt -> attempt.request().url().contains("away") ? Outside.AWAY : Outside.OK);
    EffectRetryPolicy slow = new EffectRetryPolicy(3_600_000, 3_600_000, 0, 10);
    try (Node node = open(outside, slow, DAY)) {
      int away = EffectRunner.WINDOW + 64;
      for (int i = 0; i < away / 64; i++) {
        node.call(fire("away").setTimes(64).setUrl("https://away.example/").build(), Hook.class);
      }
      node.call(fire("here").build(), Hook.class);
      awaitHeard(node, "here", 1);
      Bank.await("the metric", () -> pending(node) == away);
    }
  }

  @Test
  void aHandlerThatThrowsIsTriedAgainAndTheResultHandledOnce() {
    Outside outside = Outside.always(Outside.OK);
    try (Node node = open(outside)) {
      node.call(fire("a").setThrowsTimes(3).build(), Hook.class);
      awaitHeard(node, "a", 1);
      assertThat(Hooks.HANDLED).hasValue(4);
      assertThat(outside.calls()).hasSize(1);
      assertThat(Bank.metric(node, "thalweg.deadletters.added")).isZero();
    }
  }

  @Test
  void aHandlerThatAlwaysThrowsLeavesADeadLetterThatCanBeRetried() throws Exception {
    Outside outside = Outside.always(Outside.OK);
    try (Node node = open(outside)) {
      String id = node.call(fire("a").setThrowsTimes(-1).build(), Hook.class).getIds(0);
      Bank.await("the letter", () -> Bank.metric(node, "thalweg.deadletters") == 1);
      assertThat(Hooks.HANDLED).hasValue(Receiver.MAX_ATTEMPTS);
      DeadLetter letter = node.deadLetters("hooks", 10, "").letters().getFirst();
      assertThat(letter.source()).isEqualTo("effect:" + id);
      assertThat(letter.code()).isEqualTo(Code.INTERNAL);
      assertThat(((Firing) letter.request()).getKey()).isEqualTo("a");
      assertThat(pending(node)).isZero();
      Hooks.MENDED.set(true);
      node.retryDeadLetter("hooks", letter.id());
      Heard heard = get(node, "a").getHeard(0);
      assertThat(heard.getId()).isEqualTo(id);
      assertThat(heard.getStatus()).isEqualTo(200);
      assertThat(heard.getPrincipal()).isEqualTo("effect");
      assertThat(outside.calls()).hasSize(1);
    }
    Bank.verify(data, scratch, SegmentLogOptions.DEFAULTS);
  }

  @Test
  void aHandlerThatRefusesForGoodLeavesADeadLetterAtOnce() {
    try (Node node = open(Outside.always(Outside.GONE))) {
      node.call(fire("a").setRefuses(true).build(), Hook.class);
      Bank.await("the letter", () -> Bank.metric(node, "thalweg.deadletters") == 1);
      assertThat(Hooks.HANDLED).hasValue(1);
      DeadLetter letter = node.deadLetters("hooks", 10, "").letters().getFirst();
      assertThat(letter.code()).isEqualTo(Code.FAILED_PRECONDITION);
      node.dropDeadLetter("hooks", letter.id());
      assertThat(node.deadLetters("hooks", 10, "").letters()).isEmpty();
    }
  }

  @Test
  void whatIsOutOfItsBoundsIsRefusedAndNothingIsCalled() {
    Outside outside = Outside.always(Outside.OK);
    try (Node node = open(outside)) {
      assertThatThrownBy(() -> node.call(fire("a").setTimes(65).build(), Hook.class))
          .isInstanceOfSatisfying(
              Failure.class, f -> assertThat(f.code()).isEqualTo(Code.INVALID_ARGUMENT))
          .hasMessageContaining("more than 64 effects");
      assertThatThrownBy(() -> node.call(fire("a").setPadding(16 << 10).build(), Hook.class))
          .hasMessageContaining("effect correlation must have at most 16384 bytes");
      assertThatThrownBy(() -> node.call(fire("a").setHandler("no").build(), Hook.class))
          .isInstanceOfSatisfying(
              Failure.class, f -> assertThat(f.code()).isEqualTo(Code.INTERNAL));
      node.call(fire("b").build(), Hook.class);
      Hook hook = awaitHeard(node, "b", 1);
      assertThat(outside.ids()).containsExactlyElementsOf(hook.getIdsList());
    }
  }

  @Test
  void withoutAPerformerEffectsAreRefusedAndThoseThatArePendingWait() {
    Outside silent = Outside.silent();
    try (Node node = open(silent)) {
      node.call(fire("a").build(), Hook.class);
      Bank.await("the call", () -> silent.calls().size() == 1);
    }
    try (Node node = node().open()) {
      assertThatThrownBy(() -> node.call(fire("b").build(), Hook.class))
          .isInstanceOfSatisfying(
              Failure.class, f -> assertThat(f.code()).isEqualTo(Code.FAILED_PRECONDITION))
          .hasMessageContaining("Thalweg.effects");
      assertThat(pending(node)).isEqualTo(1);
    }
    try (Node node = open(Outside.always(Outside.OK))) {
      awaitHeard(node, "a", 1);
    }
  }
}
