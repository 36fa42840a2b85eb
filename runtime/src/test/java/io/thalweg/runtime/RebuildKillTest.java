package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A rebuild in a process of its own, which ends without closing anything. */
class RebuildKillTest {
  private static final int FORCE_EVERY = 2_000;

  @TempDir Path data;

  @ParameterizedTest
  @ValueSource(strings = {"forced", "partition 1", "persist", "discard"})
  void aKilledRebuildGoesOnAndAKilledSwitchIsFinished(String step) throws Exception {
    try (Node node = open()) {
      for (int i = 0; i < 20; i++) {
        CheckpointTest.add(node, 0, 500);
      }
    }
    CheckpointTest.plantDifference(data, Counters.TYPE, 2);

    assertThat(killedAt(step)).isEqualTo(Child.KILLED);

    List<Long> seen = new ArrayList<>();
    if (Files.exists(data.resolve("rebuild/counter/switching"))) {
      assertThatThrownBy(this::open).isInstanceOf(DataDirectoryException.class);
    } else if (step.equals("forced")) {
      List<TableRebuild.Result> results =
          rebuild(r -> r.run(10), (events, of, what) -> seen.add(events));
      assertThat(seen.getFirst()).isGreaterThan(FORCE_EVERY);
      assertThat(results.get(0).differences()).hasSize(1);
    }
    if (!step.equals("discard")) {
      rebuild(
          r -> {
            r.switchTables();
            return 0;
          },
          (events, of, what) -> {});
    }
    List<TableRebuild.Result> after = rebuild(r -> r.run(10), (events, of, what) -> {});
    assertThat(after).hasSize(2).allMatch(TableRebuild.Result::isEqual);
    try (Node node = open()) {
      for (int i = 0; i < 500; i++) {
        assertThat(NodeTest.value(node, "k" + i)).as("k%d", i).isEqualTo(20);
      }
    }
  }

  private int killedAt(String step) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                data.toString(),
                step)
            .inheritIO()
            .start();
    return process.waitFor();
  }

  private <T> T rebuild(Function<TableRebuild, T> work, TableRebuild.Progress progress) {
    return Child.rebuild(data, work, progress);
  }

  private Node open() {
    return Thalweg.at(data)
        .service(Counters.TYPE)
        .options(NodeOptions.defaults().withPartitions(2))
        .open();
  }

  /** The process that is killed. */
  static final class Child {
    static final int KILLED = 9;

    private Child() {}

    public static void main(String[] args) {
      String step = args[1];
      rebuild(
          Path.of(args[0]),
          r -> {
            r.beforeStep(name -> {
              if (name.startsWith(step)) {
                Runtime.getRuntime().halt(KILLED);
              }
            });
            r.run(10);
            r.switchTables();
            return 0;
          },
          (events, of, what) -> {});
    }

    static <T> T rebuild(
        Path data, Function<TableRebuild, T> work, TableRebuild.Progress progress) {
      try (DataDirectory directory = DataDirectory.lock(data);
          SegmentLog log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS)) {
        TableRebuild rebuild =
            new TableRebuild(directory, log, Counters.TYPE, () -> Long.MAX_VALUE, progress);
        rebuild.forceEvery(FORCE_EVERY);
        return work.apply(rebuild);
      }
    }
  }
}
