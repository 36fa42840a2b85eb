package io.thalweg.keys;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.contract.Guard;
import io.thalweg.keys.v1.DeleteNamespaceRequest;
import io.thalweg.keys.v1.GetKeyRequest;
import io.thalweg.keys.v1.GetNamespaceRequest;
import io.thalweg.keys.v1.Key;
import io.thalweg.keys.v1.KeyCounts;
import io.thalweg.keys.v1.LeaseKeysResponse;
import io.thalweg.keys.v1.Namespace;
import io.thalweg.keys.v1.NextKeysResponse;
import io.thalweg.keys.v1.Order;
import io.thalweg.runtime.Node;
import io.thalweg.testkit.GoldenLog;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A log that a release wrote replays to the state that the release had, down to the next key that
 * it gives. To record the log of the present level: {@code -Dcontract=record}.
 */
class GoldenLogTest {
  private static final List<String> NAMESPACES = List.of("secret", "count", "time");

  private static final GoldenLog GOLDEN = GoldenLog.of(Keys.TYPE, GoldenLogTest::answers);

  @TempDir Path folder;

  /** Writes the golden log of the present level, once; what is there stays. */
  @BeforeAll
  static void recordTheLogOfThisRelease(@TempDir Path folder) {
    GOLDEN.record(folder, GoldenLogTest::write);
  }

  static List<Integer> levels() {
    return GOLDEN.levels();
  }

  @Test
  void everyReleaseHasAGoldenLog() {
    assertThat(GOLDEN.levelsWithout()).as("levels without a golden log").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("levels")
  void aLogOfEveryReleaseReplaysToTheStateThatItHad(int level) {
    GOLDEN.verify(level, folder);
  }

  /** What a node on such a log answers. */
  private static void answers(Node node, StringBuilder out) {
    for (String name : NAMESPACES) {
      Namespace namespace =
          node.call(GetNamespaceRequest.newBuilder().setNamespace(name).build(), Namespace.class);
      // A lease expires while the log lies here: that is counted by the clock of who asks.
      KeyCounts counts = namespace.getCounts().toBuilder().clearLeasedExpired().build();
      out.append(name).append('\n').append(counts);
      out.append(
          "leases %d, ranges %d%n".formatted(namespace.getOpenLeases(), namespace.getRanges()));
      for (String key : List.of("aaaa", "baaa", "mine")) {
        GetKeyRequest get = GetKeyRequest.newBuilder().setNamespace(name).setKey(key).build();
        Key found = node.call(get, Key.class);
        out.append(key).append(' ').append(found.getState()).append('\n');
      }
      if (!name.equals("time")) {
        out.append("next ")
            .append(node.call(Requests.next(name, 3), NextKeysResponse.class).getKeysList())
            .append('\n');
      }
    }
  }

  private static void write(Node node) {
    node.call(Requests.create("secret", Order.UNGUESSABLE, "abcd", 4), Message.class);
    node.call(Requests.create("count", Order.SEQUENTIAL, "abcd", 4), Message.class);
    node.call(Requests.create("time", Order.TIME_ORDERED, "", 0), Message.class);
    node.call(Requests.create("gone", Order.SEQUENTIAL, "abcd", 4), Message.class);
    for (String name : List.of("secret", "count", "time", "gone")) {
      node.call(Requests.claim(name, "mine"), Message.class);
      if (!name.equals("time")) {
        node.call(Requests.claim(name, "baaa"), Message.class);
      }
      List<String> given = node.call(Requests.next(name, 10), NextKeysResponse.class).getKeysList();
      LeaseKeysResponse one = node.call(Requests.lease(name, 20), LeaseKeysResponse.class);
      LeaseKeysResponse two = node.call(Requests.lease(name, 20), LeaseKeysResponse.class);
      node.call(Requests.use(name, Requests.keysOf(one).get(7)), Message.class);
      node.call(Requests.giveBack(name, one.getEpoch(), 5), Message.class);
      node.call(Requests.use(name, Requests.keysOf(two).get(3)), Message.class);
      if (!name.equals("time")) {
        node.call(Requests.release(name, given.get(2), given.get(5)), Message.class);
      }
      Guard guard = Guard.newBuilder().setLock("lock").setToken(3).build();
      node.call(Requests.next(name, 2).toBuilder().setGuard(guard).build(), NextKeysResponse.class);
    }
    node.call(DeleteNamespaceRequest.newBuilder().setNamespace("gone").build(), Message.class);
  }
}
