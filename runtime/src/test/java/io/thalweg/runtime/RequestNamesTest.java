package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.runtime.test.Counter;
import io.thalweg.runtime.test.Mischief;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Named commands are executed once. */
class RequestNamesTest {
  @TempDir Path data;

  private static Request named(String name, long amount, Caller caller) {
    return new Request(NodeTest.add("a", amount), caller, name, Long.MAX_VALUE);
  }

  private static Counter call(Node node, Request request) {
    return node.call(request, Counter.class);
  }

  @Test
  void aRepeatedRequestGetsTheSameReplyAlsoAfterReopening() {
    Request request = named("r1", 5, Caller.ANONYMOUS);
    Counter first;
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      first = call(node, request);
      node.call(NodeTest.add("a", 1), Counter.class);
      assertThat(call(node, request)).isEqualTo(first);
    }
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      assertThat(call(node, request)).isEqualTo(first);
      assertThat(NodeTest.value(node, "a")).isEqualTo(6);
    }
  }

  @Test
  void theSameNameForAnotherRequestIsAnError() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      call(node, named("r1", 5, Caller.ANONYMOUS));
      assertThatThrownBy(() -> call(node, named("r1", 6, Caller.ANONYMOUS)))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("'r1' was used for a different request")
          .satisfies(f -> assertThat(((Failure) f).code()).isEqualTo(Code.ALREADY_EXISTS));
      assertThat(NodeTest.value(node, "a")).isEqualTo(5);
    }
  }

  @Test
  void aRefusalForGoodIsTheAnswerAlsoWhenTheRequestComesAgain() {
    Request request =
        new Request(
            NodeTest.add("a", 5).toBuilder().setMischief(Mischief.REFUSE_LAST).build(),
            Caller.ANONYMOUS,
            "r1",
            Long.MAX_VALUE);
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      assertRefused(node, request);
    }
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      assertRefused(node, request);
      // A late copy, or whoever takes the name for something else, does not get in.
      assertThatThrownBy(() -> call(node, named("r1", 5, Caller.ANONYMOUS)))
          .satisfies(f -> assertThat(((Failure) f).code()).isEqualTo(Code.ALREADY_EXISTS));
      assertThat(NodeTest.value(node, "a")).isZero();
    }
  }

  private static void assertRefused(Node node, Request request) {
    assertThatThrownBy(() -> call(node, request))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("refused")
        .satisfies(f -> assertThat(((Failure) f).code()).isEqualTo(Code.FAILED_PRECONDITION));
  }

  @Test
  void aNameIsScopedByItsCaller() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      call(node, named("r1", 5, new Caller(0, "ana")));
      call(node, named("r1", 6, new Caller(0, "ben")));
      assertThat(NodeTest.value(node, "a")).isEqualTo(11);
    }
  }

  @Test
  void aFullWindowRefusesAndNeverForgetsEarly() {
    NodeOptions few = NodeOptions.defaults().withPartitions(1).withReplies(Duration.ofDays(1), 3);
    try (Node node = Thalweg.at(data).service(Counters.TYPE).options(few).open()) {
      for (int i = 0; i < 3; i++) {
        call(node, named("r" + i, 1, Caller.ANONYMOUS));
      }
      assertThatThrownBy(() -> call(node, named("r3", 1, Caller.ANONYMOUS)))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("the window of request names is full (3 stored replies")
          .satisfies(f -> assertThat(((Failure) f).code()).isEqualTo(Code.RESOURCE_EXHAUSTED));
      call(node, named("r0", 1, Caller.ANONYMOUS));
      assertThat(NodeTest.value(node, "a")).isEqualTo(3);
    }
  }

  @Test
  void anExpiredReplyMakesRoom() {
    NodeOptions few =
        NodeOptions.defaults().withPartitions(1).withReplies(Duration.ofSeconds(1), 3);
    try (Node node = Thalweg.at(data).service(Counters.TYPE).options(few).open()) {
      for (int i = 0; i < 3; i++) {
        call(node, named("r" + i, 1, Caller.ANONYMOUS));
      }
      int calls = 3;
      for (boolean done = false; !done; ) {
        try {
          call(node, named("later", 1, Caller.ANONYMOUS));
          calls++;
          done = true;
        } catch (Failure full) {
          assertThat(full.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
        }
      }
      assertThat(NodeTest.value(node, "a")).isEqualTo(calls);
    }
  }

  private static Request drawn(int number, int endedBelow, Caller caller) {
    return named("~aaaabbbbccccdddd." + number + "." + endedBelow, 1, caller);
  }

  @Test
  void whatItsClientHasEndedMakesRoom() {
    NodeOptions few = NodeOptions.defaults().withPartitions(1).withReplies(Duration.ofDays(1), 4);
    try (Node node = Thalweg.at(data).service(Counters.TYPE).options(few).open()) {
      for (int i = 0; i < 100; i++) {
        call(node, drawn(i, Math.max(0, i - 2), Caller.ANONYMOUS));
      }
      // What is not over is answered alike, and what is over is not executed when it comes late.
      call(node, drawn(98, 96, Caller.ANONYMOUS));
      assertThatThrownBy(() -> call(node, drawn(96, 94, Caller.ANONYMOUS)))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("a request that its client has ended")
          .satisfies(f -> assertThat(((Failure) f).code()).isEqualTo(Code.FAILED_PRECONDITION));
      assertThat(NodeTest.value(node, "a")).isEqualTo(100);
    }
    try (Node node = Thalweg.at(data).service(Counters.TYPE).options(few).open()) {
      call(node, drawn(97, 95, Caller.ANONYMOUS));
      assertThatThrownBy(() -> call(node, drawn(95, 93, Caller.ANONYMOUS)))
          .hasMessageContaining("a request that its client has ended");
      assertThat(NodeTest.value(node, "a")).isEqualTo(100);
    }
  }

  @Test
  void nobodyEndsTheRequestsOfAnotherCaller() {
    Caller ana = new Caller(0, "ana");
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      call(node, drawn(1, 0, ana));
      call(node, drawn(9, 9, new Caller(0, "ben")));
      call(node, drawn(1, 0, ana));
      assertThat(NodeTest.value(node, "a")).isEqualTo(2);
    }
  }

  @Test
  void aNameOfAnotherFormEndsNothing() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      call(node, drawn(1, 0, Caller.ANONYMOUS));
      for (String name :
          new String[] {
            "~aaaabbbbccccdddd.2.3",
            "~aaaabbbbccccddd.9.9",
            "aaaabbbbccccdddd.9.9",
            "~aaaabbbbccccdddd.9",
            "~aaaabbbbccccdddd.9.",
            "~aaaabbbbccccdddd..9",
            "~aaaabbbbccccdddd.9.9.9",
            "~aaaabbbbccccdddd.9.-1",
            "~aaaabbbbcccc dddd.9.9",
            "~aaaabbbbcccc+ddd.9.9",
            "~aaaabbbbccccdddd.9999999999999999999.9",
            "~aaaabbbbccccdddd",
            "~"
          }) {
        call(node, named(name, 1, Caller.ANONYMOUS));
        call(node, named(name, 1, Caller.ANONYMOUS));
      }
      call(node, drawn(1, 0, Caller.ANONYMOUS));
      assertThat(NodeTest.value(node, "a")).isEqualTo(14);
    }
  }

  @Test
  void anOverlongNameIsRefused() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      assertThatThrownBy(() -> call(node, named("x".repeat(129), 5, Caller.ANONYMOUS)))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("request name must have 1 to 128 bytes of UTF-8; got 129");
    }
  }
}
