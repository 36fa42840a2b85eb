package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.test.AddRequest;
import io.thalweg.runtime.test.Counter;
import io.thalweg.runtime.test.Mischief;
import io.thalweg.state.StateOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replaying the log gives the live state, whatever was done and however often it was reopened. */
class ReplayPropertyTest {
  private static final Mischief[] MISCHIEF = {
    Mischief.NONE,
    Mischief.NONE,
    Mischief.NONE,
    Mischief.THROW_LAST,
    Mischief.REFUSE_LAST,
    Mischief.THROW_IN_EVENT
  };

  @TempDir Path data;
  @TempDir Path scratch;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void replayEqualsLiveState(long seed) throws Exception {
    Random random = new Random(seed);
    Map<String, Long> model = new HashMap<>();
    NodeOptions options =
        NodeOptions.defaults()
            .withPartitions(1 + random.nextInt(3))
            .withReplies(Duration.ofSeconds(1), 100_000)
            .withState(StateOptions.defaults().withLayer(64 << 10, 64, 8));
    for (int life = 0; life < 4; life++) {
      try (Node node = Thalweg.at(data).service(Counters.TYPE).options(options).open()) {
        runLife(node, random, model, life);
        model.forEach((name, value) -> assertThat(NodeTest.value(node, name)).isEqualTo(value));
      }
      if (random.nextInt(3) == 0) {
        LogFailureTest.deleteTree(data.resolve("state"));
      }
    }
    try (DataDirectory directory = DataDirectory.lock(data);
        SegmentLog log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS)) {
      List<TableVerifier.Result> results =
          TableVerifier.verify(
              directory,
              log,
              List.of(Counters.TYPE),
              Files.createDirectory(scratch.resolve("s")),
              step -> {});
      assertThat(results).as("seed %d", seed).allMatch(TableVerifier.Result::isEqual);
    }
  }

  private static void runLife(Node node, Random random, Map<String, Long> model, int life) {
    List<CompletableFuture<Counter>> replies = new ArrayList<>();
    List<Runnable> effects = new ArrayList<>();
    int commands = random.nextInt(600);
    for (int i = 0; i < commands; i++) {
      String name = "k" + random.nextInt(20);
      long amount = random.nextInt(100);
      AddRequest request =
          NodeTest.add(name, amount).toBuilder()
              .setMischief(MISCHIEF[random.nextInt(MISCHIEF.length)])
              .build();
      // Names make stored replies, which expire while the test runs.
      String requestName = random.nextBoolean() ? null : "r" + life + "-" + i;
      replies.add(
          node.submit(
              new Request(request, Caller.ANONYMOUS, requestName, Long.MAX_VALUE), Counter.class));
      effects.add(() -> model.merge(name, amount, Long::sum));
    }
    for (int i = 0; i < commands; i++) {
      boolean done = replies.get(i).handle((reply, failure) -> failure == null).join();
      if (done) {
        effects.get(i).run();
      }
    }
  }
}
