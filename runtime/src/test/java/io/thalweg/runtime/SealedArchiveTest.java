package io.thalweg.runtime;

import static io.thalweg.runtime.SealedTest.call;
import static io.thalweg.runtime.SealedTest.forget;
import static io.thalweg.runtime.SealedTest.nameOf;
import static io.thalweg.runtime.SealedTest.open;
import static io.thalweg.runtime.SealedTest.set;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.LogFiles;
import io.thalweg.log.LogRestore;
import io.thalweg.log.backup.BackupManifest;
import io.thalweg.log.backup.BackupReader;
import io.thalweg.log.backup.BackupRun;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Continuous archiving of a node on which keys are made and destroyed all the time. */
class SealedArchiveTest {
  private static final int SUBJECTS = 24;
  private static final long NEVER_US = Long.MAX_VALUE;

  @TempDir Path folder;

  /** Every third subject is forgotten, some time after it was met. */
  private static boolean isForgotten(int subject) {
    return subject % 3 == 1 && subject < SUBJECTS - 3;
  }

  @Test
  void everyBackupReadsWhatWasNotForgottenAndNothingElseWheneverItWasMade() throws Exception {
    Path backup = folder.resolve("backup");
    Semaphore archived = new Semaphore(0);
    List<BackupManifest> all;
    try (Node node = open(folder.resolve("data"));
        BackupRun run = BackupRun.open(backup, node.backupSource(), DataRestore::checkBase)) {
      CompletableFuture<Void> written = new CompletableFuture<>();
      Thread work = Thread.ofPlatform().start(() -> write(node, archived, written));
      while (!written.isDone()) {
        run.archive(NEVER_US, (at, of) -> {});
        archived.release();
      }
      work.join();
      written.join();
      run.archive(NEVER_US, (at, of) -> {});
      assertThat(run.archive(NEVER_US, (at, of) -> {})).as("there is nothing new").isNull();
      all = BackupReader.open(LogFiles.disk(), backup).all();
    }
    assertThat(all).hasSizeGreaterThan(2);
    for (BackupManifest each :
        List.of(all.getFirst(), all.get(all.size() / 2), all.get(all.size() - 2), all.getLast())) {
      check(backup, each, each.equals(all.getLast()));
    }
  }

  /** Goes on only when a backup was made meanwhile, so that backups are of many moments. */
  private static void write(Node node, Semaphore archived, CompletableFuture<Void> written) {
    try {
      for (int i = 0; i < SUBJECTS; i++) {
        call(node, set("p" + i, "s" + i, "Name " + i));
        int earlier = i - 3;
        if (earlier >= 0 && isForgotten(earlier)) {
          call(node, forget("s" + earlier));
        }
        if (i % 4 == 0) {
          archived.drainPermits();
          if (!archived.tryAcquire(2, TimeUnit.MINUTES)) {
            throw new AssertionError("no backup was made in two minutes");
          }
        }
      }
      written.complete(null);
    } catch (InterruptedException | RuntimeException | Error e) {
      written.completeExceptionally(e);
    }
  }

  private void check(Path backup, BackupManifest manifest, boolean newest) throws Exception {
    Path data = folder.resolve("restored" + manifest.number());
    DataRestore.restore(backup, manifest.number(), LogRestore.TO_THE_END, data, true, bytes -> {});
    int there = 0;
    try (Node node = open(data)) {
      boolean ended = false;
      for (int i = 0; i < SUBJECTS; i++) {
        String name = nameOf(node, "p" + i);
        if (isForgotten(i)) {
          assertThat(name).as("p%d of backup %d", i, manifest.number()).isEmpty();
          continue;
        }
        // They were written one after the other: behind the first that is missing there is none.
        ended |= name.isEmpty();
        assertThat(name).as("p%d of %d", i, manifest.number()).isEqualTo(ended ? "" : "Name " + i);
        there += ended ? 0 : 1;
      }
    }
    if (newest) {
      assertThat(there)
          .isEqualTo((int) IntStream.range(0, SUBJECTS).filter(i -> !isForgotten(i)).count());
    }
  }
}
