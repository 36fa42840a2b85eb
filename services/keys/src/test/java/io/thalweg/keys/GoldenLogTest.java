package io.thalweg.keys;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.contract.ContractProto;
import io.thalweg.contract.check.Releases;
import io.thalweg.keys.v1.DeleteNamespaceRequest;
import io.thalweg.keys.v1.GetKeyRequest;
import io.thalweg.keys.v1.GetNamespaceRequest;
import io.thalweg.keys.v1.Guard;
import io.thalweg.keys.v1.Key;
import io.thalweg.keys.v1.KeyCounts;
import io.thalweg.keys.v1.LeaseKeysResponse;
import io.thalweg.keys.v1.Namespace;
import io.thalweg.keys.v1.NextKeysResponse;
import io.thalweg.keys.v1.Order;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.TableVerifier;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
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
  private static final Releases RELEASES = Releases.of("keys");
  private static final PartitionId PARTITION = new PartitionId("keys", 0);
  private static final String SEGMENT = "log/0000000001.segment";
  private static final String LOG = "log.segment.gz";
  private static final String STATE = "state.txt";
  private static final Pattern EVENTS = Pattern.compile("digest after (\\d+) events");
  private static final List<String> NAMESPACES = List.of("secret", "count", "time");

  @TempDir Path data;
  @TempDir Path scratch;

  /** Writes the golden log of the present level, once; what is there stays. */
  @BeforeAll
  static void recordTheLogOfThisRelease(@TempDir Path data, @TempDir Path scratch)
      throws IOException {
    int level =
        Keys.TYPE.contract().getOptions().getExtension(ContractProto.service).getContractLevel();
    Path golden = RELEASES.goldenOf(level);
    if (!Releases.isRecording() || Files.exists(golden)) {
      return;
    }
    try (Node node = open(data)) {
      write(node);
    }
    Files.createDirectories(golden);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(golden.resolve(LOG)))) {
      Files.copy(data.resolve(SEGMENT), out);
    }
    long events;
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      events = log.durableOffset(PARTITION);
    }
    Files.writeString(golden.resolve(STATE), dump(data, scratch, events));
  }

  static List<Integer> levels() {
    return RELEASES.levels();
  }

  @Test
  void everyReleaseHasAGoldenLog() {
    assertThat(RELEASES.levelsWithout(LOG)).as("levels without a golden log").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("levels")
  void aLogOfEveryReleaseReplaysToTheStateThatItHad(int level) throws IOException {
    Path golden = RELEASES.goldenOf(level);
    Files.createDirectories(data.resolve("log"));
    try (InputStream in = new GZIPInputStream(Files.newInputStream(golden.resolve(LOG)))) {
      Files.copy(in, data.resolve(SEGMENT));
    }
    Files.writeString(data.resolve("node.properties"), "format=1\npartitions.keys=1\n");
    String expected = Files.readString(golden.resolve(STATE));
    Matcher events = EVENTS.matcher(expected);
    assertThat(events.find()).isTrue();
    assertThat(dump(data, scratch.resolve("tables"), Long.parseLong(events.group(1))))
        .isEqualTo(expected);
  }

  /** Opens a node on the log, and says what it answers and what its rows are. */
  private static String dump(Path data, Path scratch, long events) {
    StringBuilder out = new StringBuilder();
    try (SegmentLog log = SegmentLog.open(data.resolve("log"), SegmentLogOptions.DEFAULTS)) {
      // Not the log's end: a node of a later version adds its contract when it opens.
      out.append("digest after %d events: ".formatted(events))
          .append(TableVerifier.digest(log, Keys.TYPE, PARTITION, 1, events, scratch))
          .append('\n');
    }
    try (Node node = open(data)) {
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
    return out.toString();
  }

  private static Node open(Path data) {
    return Thalweg.at(data)
        .service(Keys.TYPE)
        .options(
            NodeOptions.defaults()
                .withPartitions(1)
                .withLog(SegmentLogOptions.DEFAULTS.withFirstSegmentBytes(64 << 10)))
        .open();
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
