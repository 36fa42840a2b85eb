package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.log.FaultyFiles;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.test.Account;
import io.thalweg.runtime.test.RemindRequest;
import io.thalweg.runtime.test.RemindResponse;
import io.thalweg.runtime.test.TickRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Timers through a node: each fires once, in order, not before its time, whatever comes between.
 */
class TimersTest {
  private static final long HOUR_US = TimeUnit.HOURS.toMicros(1);

  @TempDir Path data;
  @TempDir Path scratch;

  @BeforeEach
  void reset() {
    Accounts.ATTEMPTS.set(0);
  }

  private Node open() {
    return Thalweg.at(data)
        .service(Accounts.TYPE)
        .service(Statements.TYPE)
        .options(NodeOptions.defaults().withPartitions(2))
        .open();
  }

  private static RemindRequest.Builder remind(String account) {
    return RemindRequest.newBuilder().setAccount(account);
  }

  private static RemindRequest.Timer timer(String name, long afterUs) {
    return RemindRequest.Timer.newBuilder().setName(name).setAfterUs(afterUs).build();
  }

  private static void call(Node node, RemindRequest.Builder request) {
    node.call(request.build(), RemindResponse.class);
  }

  private static List<String> ticks(Node node, String account) {
    return Bank.get(node, account).getTicksList();
  }

  @Test
  void timersFireInTheOrderOfTheirDeadlinesAndNotBefore() throws Exception {
    try (Node node = open()) {
      RemindRequest.Builder request = remind("a");
      List<String> expected = new ArrayList<>();
      for (int i = 50; i > 0; i--) {
        request.addSet(timer("t" + i, 2000L * i));
        expected.addFirst("t" + i);
      }
      call(node, request);
      Bank.await("all ticks", () -> ticks(node, "a").size() == 50);
      assertThat(ticks(node, "a")).isEqualTo(expected);
      assertThat(Bank.get(node, "a").getEarly()).isZero();
      assertThat(Bank.metric(node, "thalweg.timers")).isZero();
      assertThat(Bank.metric(node, "thalweg.timers.fired")).isEqualTo(50);
    }
    Bank.verify(data, scratch, SegmentLogOptions.DEFAULTS);
  }

  @Test
  void aTimerThatIsSetAgainIsReplacedAndOneThatIsCancelledNeverFires() {
    try (Node node = open()) {
      call(
          node,
          remind("a")
              .addSet(timer("sooner", HOUR_US))
              .addSet(timer("later", 1000))
              .addSet(timer("gone", 1000))
              .addSet(timer("sooner", 2000))
              .addSet(timer("later", HOUR_US))
              .addCancel("gone"));
      Bank.await("a tick", () -> !ticks(node, "a").isEmpty());
      RemindResponse cancelled =
          node.call(
              remind("a").addCancel("later").addCancel("sooner").addCancel("gone").build(),
              RemindResponse.class);
      assertThat(cancelled.getCancelled()).isEqualTo(1);
      assertThat(ticks(node, "a")).containsExactly("sooner");
    }
  }

  @Test
  void aTimerOfTheSameNameInAnotherProjectIsAnotherTimer() {
    Caller other = new Caller(7, "");
    try (Node node = open()) {
      call(node, remind("a").addSet(timer("t", HOUR_US)));
      node.call(
          new Request(remind("a").addSet(timer("t", 1000)).build(), other, null, Long.MAX_VALUE),
          RemindResponse.class);
      Bank.await("the other", () -> Bank.metric(node, "thalweg.timers.fired") == 1);
      assertThat(ticks(node, "a")).isEmpty();
    }
  }

  @Test
  void timersSurviveARestartAndFireOnceAlsoThoseOfTheTimeBetween() throws Exception {
    try (Node node = open()) {
      RemindRequest.Builder request = remind("a").addSet(timer("far", HOUR_US));
      for (int i = 0; i < 20; i++) {
        request.addSet(timer("t" + i, 100_000 + 5000L * i));
      }
      call(node, request);
    }
    for (int life = 0; life < 3; life++) {
      open().close();
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    try (Node node = open()) {
      Bank.await("all ticks", () -> ticks(node, "a").size() == 20);
      assertThat(ticks(node, "a")).doesNotHaveDuplicates();
      assertThat(Bank.get(node, "a").getEarly()).isZero();
      assertThat(Bank.metric(node, "thalweg.timers")).isEqualTo(1);
    }
    Bank.verify(data, scratch, SegmentLogOptions.DEFAULTS);
  }

  @Test
  void aHandlerCanSetTheTimerThatFiredAgain() {
    try (Node node = open()) {
      call(node, remind("a").addSet(timer("t", 1000).toBuilder().setAgain(9)));
      Bank.await("ten ticks", () -> ticks(node, "a").size() == 10);
      assertThat(Bank.get(node, "a").getEarly()).isZero();
    }
  }

  @Test
  void requestsAreAnsweredWhileManyTimersAreOverdue() {
    try (Node node = open()) {
      // It sets itself again to a millisecond later, which is in the past for millions of times.
      call(
          node,
          remind("a").addSet(timer("quiet", -HOUR_US).toBuilder().setAgain(Integer.MAX_VALUE)));
      for (int i = 0; i < 20; i++) {
        node.call(Bank.open("a", i), Account.class);
      }
      Bank.await("some", () -> Bank.metric(node, "thalweg.timers.fired") > 2 * Alarms.TURN);
      RemindResponse cancelled =
          node.call(remind("a").addCancel("quiet").build(), RemindResponse.class);
      assertThat(cancelled.getCancelled()).isEqualTo(1);
    }
  }

  @Test
  void requestsAreAnsweredThoughOverdueTimersFillEveryBatch() {
    FaultyFiles slow = new FaultyFiles(1);
    slow.beforeForce(() -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50)));
    NodeOptions options =
        NodeOptions.defaults()
            .withPartitions(1)
            .withLog(SegmentLogOptions.DEFAULTS.withFiles(slow).withMaxSegmentBytes(1 << 20));
    try (Node node =
        Thalweg.at(data).service(Accounts.TYPE).service(Statements.TYPE).options(options).open()) {
      call(
          node,
          remind("a").addSet(timer("bulky", -HOUR_US).toBuilder().setAgain(Integer.MAX_VALUE)));
      for (int i = 0; i < 5; i++) {
        assertThat(node.submit(Bank.open("a", i), Account.class))
            .succeedsWithin(Duration.ofSeconds(100));
      }
      node.call(remind("a").addCancel("bulky").build(), RemindResponse.class);
    }
  }

  @Test
  void aTimerThatSetsItselfToThePastDoesNotKeepOthersFromFiring() {
    try (Node node = open()) {
      call(
          node,
          remind("a").addSet(timer("quiet", -HOUR_US).toBuilder().setAgain(Integer.MAX_VALUE)));
      double beforeSeconds = Bank.metric(node, "thalweg.timers.lateness.seconds");
      call(node, remind("a").addSet(timer("t", 1000)));
      Bank.await("the tick", () -> !ticks(node, "a").isEmpty());
      assertThat(beforeSeconds).isLessThan(1800.0);
      node.call(remind("a").addCancel("quiet").build(), RemindResponse.class);
    }
  }

  @Test
  void aTimerThatIsRefusedOrThrowsIsADeadLetterAndThoseBehindItFire() {
    try (Node node = open()) {
      node.call(Bank.closed("closed"), Account.class);
      node.call(Bank.closed("poison"), Account.class);
      call(node, remind("closed").addSet(timer("c", 1000)));
      call(node, remind("poison").addSet(timer("p", 1000)));
      call(node, remind("a").addSet(timer("t", 2000)));
      Bank.await("the dead letters", () -> Bank.metric(node, "thalweg.deadletters") == 2);
      Bank.await("the tick", () -> ticks(node, "a").size() == 1);
      assertThat(Accounts.ATTEMPTS).hasValue(2);
      List<DeadLetter> letters = node.deadLetters("accounts", 10, "").letters();
      assertThat(letters).extracting(DeadLetter::source).containsOnly("timer:c", "timer:p");
      assertThat(letters)
          .extracting(DeadLetter::code)
          .containsOnly(Code.FAILED_PRECONDITION, Code.INTERNAL);
      node.call(Bank.open("closed", 0), Account.class);
      DeadLetter refused =
          letters.stream().filter(l -> l.source().equals("timer:c")).findFirst().orElseThrow();
      assertThat(refused.request()).isInstanceOf(TickRequest.class);
      node.retryDeadLetter("accounts", refused.id());
      assertThat(ticks(node, "closed")).containsExactly("c");
    }
  }

  @Test
  void aTimerThatIsToBeTriedAgainIsEightTimes() {
    try (Node node = open()) {
      node.call(Bank.closed("later"), Account.class);
      call(node, remind("later").addSet(timer("t", 1000)));
      Bank.await("the dead letter", () -> Bank.metric(node, "thalweg.deadletters") == 1);
      assertThat(Accounts.ATTEMPTS).hasValue(Alarms.MAX_ATTEMPTS);
    }
  }

  @Test
  void aTimerOutOfItsBoundsIsRefusedNamingFieldAndBound() {
    try (Node node = open()) {
      assertThatThrownBy(() -> call(node, remind("a").addSet(timer("", 1))))
          .hasMessageContaining("timer name must have 1 to 128 bytes of UTF-8; got 0");
      assertThatThrownBy(() -> call(node, remind("a").addSet(timer("x".repeat(129), 1))))
          .hasMessageContaining("got 129");
      assertThatThrownBy(
              () -> call(node, remind("a").addSet(timer("t", TimeUnit.DAYS.toMicros(36_526)))))
          .hasMessageContaining("timer at_us must be from 0 to 100 years from now");
      // Of another slot: a mistake of the service, not of its caller.
      assertThatThrownBy(
              () -> call(node, remind("a").addSet(timer("t", 1).toBuilder().setAccount("b"))))
          .isInstanceOfSatisfying(
              Failure.class, f -> assertThat(f.code()).isEqualTo(Code.INTERNAL));
      assertThat(Bank.metric(node, "thalweg.timers")).isZero();
    }
  }
}
