package io.thalweg.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.kafka.OlderTallies;
import io.thalweg.log.PartitionId;
import io.thalweg.peers.test.newer.AddRequest;
import io.thalweg.peers.test.newer.DoubleRequest;
import io.thalweg.peers.test.newer.GetTallyRequest;
import io.thalweg.peers.test.newer.RashRequest;
import io.thalweg.peers.test.newer.Reason;
import io.thalweg.peers.test.newer.Tally;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Leadership;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.NodeStorage;
import io.thalweg.runtime.PartitionPhase;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a build of the next contract level does before its cluster is at it, and after. */
class LevelsTest {
  @TempDir Path data;

  private final At at = new At();

  /** A cluster that is at a level. */
  private static final class At implements Leadership {
    volatile int level = 1;

    @Override
    public boolean leads(PartitionId id) {
      return true;
    }

    @Override
    public int level(String service, int reads) {
      return Math.min(reads, level);
    }

    @Override
    public Registration onChange(Runnable listener) {
      return () -> {};
    }
  }

  private Node open(ServiceType type) {
    return Thalweg.on(storage()).service(type).options(oneLog()).open();
  }

  private static NodeOptions oneLog() {
    return NodeOptions.defaults().withPartitions(1);
  }

  private NodeStorage storage() {
    NodeStorage real = NodeStorage.directory(data);
    return (NodeStorage)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {NodeStorage.class},
            (_, method, args) -> {
              if (method.getName().equals("leadership")) {
                return at;
              }
              try {
                return method.invoke(real, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static Tally ask(Node node, Message message) {
    return ask(node, message, null);
  }

  private static Tally ask(Node node, Message message, @Nullable String name) {
    return node.call(
        new Request(
            message, Caller.ANONYMOUS, name, System.nanoTime() + TimeUnit.SECONDS.toNanos(60)),
        Tally.class);
  }

  private static AddRequest add(String reason) {
    AddRequest.Builder add = AddRequest.newBuilder().setName("a").setAmount(7);
    return reason.isEmpty()
        ? add.build()
        : add.setReason(Reason.newBuilder().setText(reason)).build();
  }

  private static RashRequest rash(boolean refuse) {
    return RashRequest.newBuilder().setName("a").setRefuse(refuse).build();
  }

  private static final DoubleRequest TWICE = DoubleRequest.newBuilder().setName("a").build();

  private static void assertTooEarly(Node node, Message message, @Nullable String name) {
    assertThatThrownBy(() -> ask(node, message, name))
        .isInstanceOfSatisfying(
            Failure.class,
            e -> {
              assertThat(e.code()).isEqualTo(Code.FAILED_PRECONDITION);
              assertThat(e.isRetryable()).isTrue();
            })
        .hasMessageContaining("is of contract level 2, and 'tally' is at level 1 until every node");
  }

  @Test
  void whatALaterLevelBringsIsRefusedUntilTheServiceIsAtIt() {
    try (Node node = open(NewerTallies.TYPE)) {
      assertThat(ask(node, add("")).getValue()).isEqualTo(7);
      assertTooEarly(node, TWICE, "twice");
      assertTooEarly(node, add("because"), "add");
      assertTooEarly(node, rash(false), "rash");
      assertThat(ask(node, GetTallyRequest.newBuilder().setName("a").build()).getValue())
          .isEqualTo(7);
      at.level = 2;
      // A refusal of that kind is not kept as the answer to a name.
      assertThat(ask(node, TWICE, "twice").getValue()).isEqualTo(14);
      assertThat(ask(node, add("because"), "add").getValue()).isEqualTo(21);
      assertThat(ask(node, rash(false), "rash").getValue()).isEqualTo(22);
      assertThat(ask(node, TWICE, "twice").getValue()).isEqualTo(14);
    }
  }

  @Test
  void anOlderBuildGoesOnWithTheLogOfANewerOneThatWasNotRaised() {
    try (Node node = open(NewerTallies.TYPE)) {
      ask(node, add(""));
      at.level = 2;
      // What is undone is not written.
      assertThatThrownBy(() -> ask(node, rash(true))).hasMessageContaining("it was to refuse");
      at.level = 1;
      ask(node, add(""));
      assertThat(node.places().getFirst().writtenLevel()).isEqualTo(1);
    }
    for (boolean rows : new boolean[] {true, false}) {
      if (!rows) {
        deleteTables();
      }
      try (Node older = open(OlderTallies.TYPE)) {
        io.thalweg.kafka.test.older.Tally tally =
            older.call(
                io.thalweg.kafka.test.older.GetTallyRequest.newBuilder().setName("a").build(),
                io.thalweg.kafka.test.older.Tally.class);
        assertThat(tally.getValue()).isEqualTo(14);
        assertThat(tally.getAdditions()).isEqualTo(2);
      }
    }
    try (Node node = open(NewerTallies.TYPE)) {
      assertThat(ask(node, GetTallyRequest.newBuilder().setName("a").build()).getValue())
          .isEqualTo(14);
    }
  }

  @Test
  void anOlderBuildStopsWithTheReasonOnceSomethingOfTheNextLevelIsWritten() {
    at.level = 2;
    try (Node node = open(NewerTallies.TYPE)) {
      ask(node, add(""));
      assertThat(node.places().getFirst().writtenLevel()).isEqualTo(2);
    }
    // By the rows that it finds, and by the log alone.
    for (boolean rows : new boolean[] {true, false}) {
      if (!rows) {
        deleteTables();
      }
      try (Node older =
          Thalweg.on(storage()).service(OlderTallies.TYPE).options(oneLog()).start()) {
        awaitStopped(older);
        assertThat(older.status().toString())
            .contains("service tally is written at contract level 2")
            .contains("this build reads level 1: run a newer one");
      }
    }
    // What is written holds, whoever has joined since.
    at.level = 1;
    try (Node node = open(NewerTallies.TYPE)) {
      assertThat(node.places().getFirst().writtenLevel()).isEqualTo(2);
      assertThat(ask(node, add("")).getValue()).isEqualTo(14);
      assertThat(ask(node, rash(false)).getValue()).isEqualTo(15);
    }
  }

  private static void awaitStopped(Node node) {
    Waiters waiters = new Waiters(Host.machine());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
    while (node.places().getFirst().phase() != PartitionPhase.STOPPED) {
      assertThat(System.nanoTime()).isLessThan(end);
      waiters.await(() -> false, TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private void deleteTables() {
    try (Stream<Path> all = Files.walk(data.resolve("state"))) {
      all.sorted(Comparator.reverseOrder())
          .forEach(file -> {
            try {
              Files.delete(file);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
