package io.thalweg.log.backup;

import static io.thalweg.log.backup.BackupFixture.A;
import static io.thalweg.log.backup.BackupFixture.B;
import static io.thalweg.log.backup.BackupFixture.BACKUP;
import static io.thalweg.log.backup.BackupFixture.IDS;
import static io.thalweg.log.backup.BackupFixture.LOG;
import static io.thalweg.log.backup.BackupFixture.options;
import static io.thalweg.log.backup.BackupFixture.restore;
import static io.thalweg.log.backup.BackupFixture.restored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.FaultyFiles;
import io.thalweg.log.LogRestore;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.backup.BackupFixture.Event;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class BackupTest {
  private final FaultyFiles disk = new FaultyFiles(11);

  @Test
  void aRestoredBackupHoldsWhatTheLogHeldAtTheCut() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(1), 1)) {
      node.append(200);
      Map<PartitionId, List<Event>> atTheCut = node.events();
      BackupManifest manifest = node.backup(disk);
      node.append(50);

      assertThat(manifest.number()).isEqualTo(1);
      assertThat(manifest.cut().services()).containsEntry("board", 2);
      assertThat(manifest.position()).isGreaterThan(3 * BackupFixture.CHUNK_BYTES);
      assertThat(restored(disk, 1)).isEqualTo(atTheCut);
    }
  }

  @Test
  void aBackupOfAnEmptyLogIsRestoredToAnEmptyLog() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(1), 1)) {
      assertThat(node.backup(disk).position()).isZero();
      assertThat(restored(disk, 1)).isEmpty();
      node.append(3);
      node.backup(disk);
      assertThat(restored(disk, 2)).isEqualTo(node.events());
    }
  }

  @Test
  void aSecondRunCopiesOnlyNewBytes() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(2), 2)) {
      node.append(150);
      BackupManifest first = node.backup(disk);
      node.append(20);
      try (BackupRun run = node.run(disk)) {
        BackupManifest second = run.run((at, of) -> {});
        assertThat(run.copiedBytes()).isEqualTo(second.position() - first.position());
        run.run((at, of) -> {});
        assertThat(run.copiedBytes()).isEqualTo(second.position() - first.position());
      }
      assertThat(restored(disk, 3)).isEqualTo(node.events());
    }
  }

  @Test
  void everyManifestStaysRestorableAfterLaterBackupsRestartsAndCrashes() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(3), 3)) {
      Map<Long, Map<PartitionId, List<Event>>> expected = new HashMap<>();
      for (int round = 0; round < 12; round++) {
        // Few batches: the open then replaces the last segment's file; many: it starts another.
        node.append(round % 3 == 0 ? 60 : 4);
        expected.put(node.backup(disk).number(), node.events());
        switch (round % 4) {
          case 0 -> node.restart();
          case 1 -> node.crash(FaultyFiles.Tear.LOSE);
          case 2 -> node.crash(FaultyFiles.Tear.RANDOM);
          default -> {}
        }
      }
      assertThat(expected).hasSize(12);
      for (Map.Entry<Long, Map<PartitionId, List<Event>>> each : expected.entrySet()) {
        assertThat(restored(disk, each.getKey()))
            .as("manifest " + each.getKey())
            .isEqualTo(each.getValue());
      }
    }
  }

  @Test
  void aBackupThatLosesPowerAtAnyStepIsContinuedAndItsManifestsAreWhole() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(4), 4)) {
      node.append(40);
      Map<PartitionId, List<Event>> first = node.events();
      node.backup(disk);
      node.append(60);
      Map<PartitionId, List<Event>> second = node.events();
      FaultyFiles trial = disk.copy(0);
      node.backup(trial);
      int steps = trial.steps();
      assertThat(steps).isGreaterThan(20);
      for (int step = 0; step < steps; step++) {
        FaultyFiles backup = disk.copy(step);
        backup.powerOffAtStep(step);
        assertThatThrownBy(() -> node.backup(backup)).isInstanceOf(IOException.class);
        backup.restart(FaultyFiles.Tear.RANDOM);
        List<Long> whole = BackupReader.open(backup, BACKUP).manifests();
        if (whole.contains(2L)) {
          assertThat(restored(backup, 2)).as("step " + step).isEqualTo(second);
        }
        long number = node.backup(backup).number();
        assertThat(restored(backup, number)).as("step " + step).isEqualTo(second);
        if (step % 5 == 0) {
          assertThat(restored(backup, 1)).as("step " + step).isEqualTo(first);
        }
      }
    }
  }

  @Test
  void aFirstBackupThatLosesPowerAtAnyStepIsContinued() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(5), 5)) {
      node.append(40);
      FaultyFiles trial = new FaultyFiles(0);
      node.backup(trial);
      for (int step = 0; step < trial.steps(); step++) {
        FaultyFiles backup = new FaultyFiles(step);
        backup.powerOffAtStep(step);
        assertThatThrownBy(() -> node.backup(backup)).isInstanceOf(IOException.class);
        backup.restart(FaultyFiles.Tear.RANDOM);
        long number = node.backup(backup).number();
        assertThat(restored(backup, number)).as("step " + step).isEqualTo(node.events());
      }
    }
  }

  @Test
  void aFullDiskIsSaidAndTheBackupGoesOnWhenThereIsRoom() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(6), 6)) {
      node.append(100);
      disk.freeBytes(20_000);
      assertThatThrownBy(() -> node.backup(disk))
          .hasMessageContaining("cannot write /backup/log/000000000")
          .hasMessageContaining("no space left");
      disk.freeBytes(Long.MAX_VALUE);
      node.backup(disk);
      assertThat(restored(disk, 1)).isEqualTo(node.events());
    }
  }

  @Test
  void everyFlippedBitIsFoundAndItsFileNamed() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(7), 7)) {
      node.append(60);
      node.backup(disk);
      int flips = 0;
      for (Path file : disk.files()) {
        byte[] good = disk.get(file);
        int step = file.toString().endsWith(".chunk") ? 97 : 7;
        for (int at = 0; at < good.length; at += step) {
          byte[] bad = good.clone();
          bad[at] ^= (byte) (1 << (at % 8));
          FaultyFiles damaged = disk.copy(0);
          damaged.put(file, bad);
          assertThatThrownBy(() -> restored(damaged, 1))
              .as("byte " + at + " of " + file)
              .isInstanceOf(BackupException.class)
              .hasMessageContaining(file.toString());
          flips++;
        }
      }
      assertThat(flips).isGreaterThan(500);
    }
  }

  @Test
  void aMissingAndAShortenedFileAreFoundAndNamed() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(8), 8)) {
      node.append(60);
      node.backup(disk);
      for (Path file : disk.files()) {
        FaultyFiles missing = disk.copy(0);
        missing.remove(file);
        assertThatThrownBy(() -> restored(missing, 1)).isInstanceOf(BackupException.class);
        byte[] good = disk.get(file);
        FaultyFiles shortened = disk.copy(0);
        shortened.put(file, java.util.Arrays.copyOf(good, good.length - 9));
        assertThatThrownBy(() -> restored(shortened, 1))
            .as(file.toString())
            .isInstanceOf(BackupException.class)
            .hasMessageContaining(file.toString());
      }
    }
  }

  @Test
  void aDamagedChunkIsCopiedAgainWhenItsHashIsDeleted() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(9), 9)) {
      node.append(60);
      node.backup(disk);
      Path chunk = BACKUP.resolve("log/0000000001.chunk");
      byte[] bytes = disk.get(chunk);
      bytes[100] ^= 1;
      disk.put(chunk, bytes);
      assertThatThrownBy(() -> restored(disk, 1)).hasMessageContaining(".sha256");
      disk.remove(BACKUP.resolve("log/0000000001.sha256"));
      node.backup(disk);
      assertThat(restored(disk, 1)).isEqualTo(node.events());
      assertThat(restored(disk, 2)).isEqualTo(node.events());
    }
  }

  @Test
  void anotherLogIsRefused() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(10), 10);
        BackupFixture other = new BackupFixture(new FaultyFiles(11), 11)) {
      node.append(5);
      other.append(5);
      node.backup(disk);
      assertThatThrownBy(() -> other.backup(disk))
          .isInstanceOf(BackupException.class)
          .hasMessageContaining("use another directory");
      assertThat(restored(disk, 1)).isEqualTo(node.events());
    }
  }

  @Test
  void aLogThatWasPutBackToAnOlderStateIsRefused() throws IOException {
    FaultyFiles old;
    try (BackupFixture node = new BackupFixture(new FaultyFiles(12), 12)) {
      node.append(30);
      node.log.close();
      old = node.files.copy(1);
      node.reopen();
      node.append(30);
      node.backup(disk);
    }
    try (BackupFixture node = new BackupFixture(old, 13)) {
      assertThatThrownBy(() -> node.backup(disk)).hasMessageContaining("older state");
      node.nowUs = 100_000_000;
      node.append(200);
      assertThatThrownBy(() -> node.backup(disk)).hasMessageContaining("older state");
    }
  }

  @Test
  void aFolderOfSomebodyElseIsNotTakenOver() throws IOException {
    disk.put(BACKUP.resolve("thesis.txt"), new byte[3]);
    try (BackupFixture node = new BackupFixture(new FaultyFiles(14), 14)) {
      assertThatThrownBy(() -> node.backup(disk))
          .hasMessageContaining("is no backup directory: it holds thesis.txt");
      assertThatThrownBy(() -> BackupReader.open(disk, BACKUP))
          .hasMessageContaining("is no backup directory");
    }
  }

  @Test
  void aCutUnderLoadIsConsistentAcrossPartitions() throws Exception {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(15), 15)) {
      node.append(3);
      for (PartitionId id : IDS) {
        node.append(id, 1, 10);
      }
      node.awaitDurable();
      long lead = node.log.durableOffset(A) - node.log.durableOffset(B);
      // B answers A: an event of B is appended only when the one of A is durable.
      Thread writer =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 300; i++) {
                  node.append(A, 1, 50);
                  node.awaitDurable();
                  node.append(B, 1, 50);
                }
                node.awaitDurable();
              });
      List<BackupManifest> made = new ArrayList<>();
      try (BackupRun run = node.run(disk)) {
        while (writer.isAlive()) {
          made.add(run.run((at, of) -> {}));
        }
        writer.join();
        made.add(run.run((at, of) -> {}));
      }
      for (int i = 0; i < made.size(); i += 1 + made.size() / 5) {
        FaultyFiles files = restore(disk, made.get(i).number(), LogRestore.TO_THE_END);
        try (SegmentLog log = SegmentLog.open(LOG, options(files))) {
          assertThat(log.durableOffset(A) - log.durableOffset(B)).isBetween(lead, lead + 1);
        }
      }
      assertThat(restored(disk, made.getLast().number())).isEqualTo(node.events());
    }
  }

  @Test
  void bytesBeyondTheDurablePositionAreNeverRead() {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(16), 16)) {
      node.append(5);
      long durable = node.log.status().durablePosition();
      ByteBuffer into = ByteBuffer.allocate(1 << 20);
      assertThat(node.log.readDurable(0, into)).isEqualTo((int) durable);
      assertThatThrownBy(() -> node.log.readDurable(durable, ByteBuffer.allocate(1)))
          .hasMessageContaining("position must be within 0.." + (durable - 1));
    }
  }

  @Test
  void aRestoredLogCanBeOpenedWrittenToAndBackedUp() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(17), 17)) {
      node.append(120);
      node.backup(disk);
      FaultyFiles files = restore(disk, 1, LogRestore.TO_THE_END);
      try (BackupFixture restored = new BackupFixture(files, 18)) {
        restored.nowUs = node.nowUs;
        assertThat(restored.log.logId()).isNotEqualTo(node.log.logId());
        restored.append(30);
        FaultyFiles second = new FaultyFiles(19);
        restored.backup(second);
        assertThat(restored(second, 1)).isEqualTo(restored.events());
        assertThatThrownBy(() -> restored.backup(disk)).hasMessageContaining("a log of its own");
      }
      try (SegmentLog log = SegmentLog.open(LOG, options(files))) {
        assertThat(log.partitions()).containsExactlyElementsOf(IDS);
      }
    }
  }
}
