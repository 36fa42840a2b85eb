package io.thalweg.runtime;

import static io.thalweg.runtime.SealedTest.call;
import static io.thalweg.runtime.SealedTest.forget;
import static io.thalweg.runtime.SealedTest.nameOf;
import static io.thalweg.runtime.SealedTest.open;
import static io.thalweg.runtime.SealedTest.set;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of what is sealed, made again from the log beside those that serve. */
class SealedRebuildTest {
  private static final int PROFILES = 40;

  @TempDir Path data;

  /** Some subjects are forgotten before anything else is written, some in the middle. */
  private void fill() {
    try (Node node = open(data)) {
      call(node, set("early", "e", "Eve Early"));
      call(node, forget("e"));
      for (int i = 0; i < PROFILES; i++) {
        call(node, set("p" + i, "s" + i, "Name " + i));
        if (i % 4 == 3) {
          call(node, forget("s" + (i - 1)));
        }
      }
      call(node, set("late", "l", "Lea Late"));
      call(node, set("again", "e", "Eve Again"));
    }
  }

  private void assertNames() {
    try (Node node = open(data)) {
      assertThat(nameOf(node, "early")).as("forgotten first").isEmpty();
      assertThat(nameOf(node, "again")).as("sealed anew afterwards").isEqualTo("Eve Again");
      assertThat(nameOf(node, "late")).isEqualTo("Lea Late");
      for (int i = 0; i < PROFILES; i++) {
        assertThat(nameOf(node, "p" + i)).as("p%d", i).isEqualTo(i % 4 == 2 ? "" : "Name " + i);
      }
    }
  }

  private List<TableRebuild.Result> rebuild(boolean switched, long forceEvery) {
    try (DataDirectory directory = DataDirectory.lock(data);
        SegmentLog log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS)) {
      TableRebuild rebuild =
          new TableRebuild(
              directory, log, Profiles.TYPE, () -> Long.MAX_VALUE, (at, of, what) -> {});
      rebuild.forceEvery(forceEvery);
      List<TableRebuild.Result> results = rebuild.run(10);
      if (switched) {
        rebuild.switchTables();
      }
      return results;
    }
  }

  @Test
  void noDifferenceIsReportedOfWhatWasForgottenAndItStaysForgottenInTheNewTables() {
    fill();
    assertThat(rebuild(false, 7)).hasSize(2).allMatch(TableRebuild.Result::isEqual);
    assertNames();
    // It goes on behind what was made before, and forgets what was forgotten since.
    try (Node node = open(data)) {
      call(node, set("next", "n", "Nia Next"));
      call(node, forget("n"));
    }
    assertThat(rebuild(true, 7)).hasSize(2).allMatch(TableRebuild.Result::isEqual);
    assertNames();
    try (Node node = open(data)) {
      assertThat(nameOf(node, "next")).isEmpty();
      assertThat(call(node, forget("n")).getForgot()).as("there is nothing more").isFalse();
    }
  }

  @Test
  void aDifferenceInASealedRowIsFoundAndNeverShownInTheClear() throws Exception {
    fill();
    CheckpointTest.plantDifference(data, Profiles.TYPE, 2);
    List<TableRebuild.Result> results = rebuild(false, TableRebuild.FORCE_EVERY_EVENTS);
    assertThat(results.get(0).byTable()).containsOnlyKeys("table 1 (names)").containsValue(1L);
    assertThat(results.get(1).isEqual()).isTrue();
    assertThat(results.toString()).doesNotContain("Name ").doesNotContain("Eve");
    assertThat(rebuild(true, 7).get(0).isEqual()).isFalse();
    assertNames();
  }

  @Test
  void theKeysOfASubjectThatWasForgottenDoNotComeBackWithAnOlderCopyOfThem() throws Exception {
    try (Node node = open(data)) {
      call(node, set("ana", "s1", "Ana Ruiz"));
      call(node, set("ben", "s2", "Ben Oak"));
    }
    Path older = data.resolveSibling(data.getFileName() + "-keys");
    SealedBackupTest.copy(data.resolve("keys"), older);
    try (Node node = open(data)) {
      call(node, forget("s1"));
    }
    assertThat(rebuild(true, 7)).allMatch(TableRebuild.Result::isEqual);
    LogFailureTest.deleteTree(data.resolve("keys"));
    SealedBackupTest.copy(older, data.resolve("keys"));
    LogFailureTest.deleteTree(older);
    try (Node node = open(data)) {
      assertThat(nameOf(node, "ana")).isEmpty();
      assertThat(nameOf(node, "ben")).isEqualTo("Ben Oak");
    }
  }

  @Test
  void aRunningNodesTablesAreFoundEqualWhileSubjectsAreForgotten() throws Exception {
    fill();
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Integer> forgetting = new CompletableFuture<>();
    try (Node node = open(data)) {
      Thread work =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  int i = 0;
                  while (!stop.get() || i < 3) {
                    call(node, set("x" + i, "y" + i, "Name"));
                    call(node, forget("y" + i));
                    i++;
                  }
                  forgetting.complete(i);
                } catch (RuntimeException | Error e) {
                  forgetting.completeExceptionally(e);
                }
              });
      try {
        for (int run = 0; run < 3; run++) {
          assertThat(node.rebuild("profiles", 10, (at, of, what) -> {}))
              .hasSize(2)
              .allMatch(TableRebuild.Result::isEqual);
        }
      } finally {
        stop.set(true);
        work.join();
      }
      int forgotten = forgetting.join();
      for (int i = 0; i < forgotten; i++) {
        assertThat(nameOf(node, "x" + i)).as("x%d", i).isEmpty();
      }
    }
    assertThat(rebuild(true, 100)).allMatch(TableRebuild.Result::isEqual);
    assertNames();
  }
}
