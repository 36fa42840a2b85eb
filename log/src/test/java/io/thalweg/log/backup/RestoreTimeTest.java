package io.thalweg.log.backup;

import static io.thalweg.log.backup.BackupFixture.A;
import static io.thalweg.log.backup.BackupFixture.C;
import static io.thalweg.log.backup.BackupFixture.LOG;
import static io.thalweg.log.backup.BackupFixture.options;
import static io.thalweg.log.backup.BackupFixture.restore;
import static io.thalweg.log.backup.BackupFixture.restored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.FaultyFiles;
import io.thalweg.log.Lineage;
import io.thalweg.log.LogException;
import io.thalweg.log.LogRestore;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.backup.BackupFixture.Event;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class RestoreTimeTest {
  private final FaultyFiles disk = new FaultyFiles(21);

  @Test
  void aRestoreToATimeHoldsOfEachPartitionWhatWasNotLater() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(1), 1)) {
      node.append(80);
      node.restart();
      node.append(80);
      node.backup(disk);
      Map<PartitionId, List<Event>> all = node.events();
      for (long timeUs = 1_002_000; timeUs < node.nowUs + 2_000; timeUs += 7_013) {
        Map<PartitionId, List<Event>> expected = new TreeMap<>();
        long bound = timeUs;
        all.forEach((id, events) ->
            expected.put(id, events.stream().filter(event -> event.logTimeUs() <= bound).toList()));
        assertThat(restored(disk, 1, timeUs)).as("time " + timeUs).isEqualTo(expected);
      }
    }
  }

  @Test
  void aTimeBeforeTheFirstBatchIsRefused() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(2), 2)) {
      node.append(10);
      node.backup(disk);
      assertThatThrownBy(() -> restored(disk, 1, 999_999))
          .isInstanceOf(LogException.class)
          .hasMessageContaining("the log begins at 1970-01-01T00:00:01");
    }
  }

  @Test
  void everyPartitionGoesOnInANewLineageThatForksAtItsEnd() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(3), 3)) {
      node.append(60);
      node.backup(disk);
      FaultyFiles files = restore(disk, 1, LogRestore.TO_THE_END);
      try (SegmentLog log = SegmentLog.open(LOG, options(files))) {
        for (PartitionId id : log.partitions()) {
          List<Lineage> before = node.log.lineages(id);
          List<Lineage> after = log.lineages(id);
          assertThat(after.subList(0, after.size() - 1)).isEqualTo(before);
          Lineage fork = after.getLast();
          assertThat(fork.parent()).isEqualTo(before.getLast().ordinal());
          assertThat(fork.forkOffset()).isEqualTo(node.log.durableOffset(id));
          assertThat(fork.ordinal()).isBetween(2_000_000, 2_999_999);
        }
      }
    }
  }

  @Test
  void twoRestoresOfOneBackupAreDifferentHistories() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(4), 4)) {
      node.append(20);
      node.backup(disk);
    }
    FaultyFiles one = restore(disk, 1, LogRestore.TO_THE_END);
    FaultyFiles two = restore(disk, 1, LogRestore.TO_THE_END);
    try (SegmentLog left = SegmentLog.open(LOG, options(one));
        SegmentLog right = SegmentLog.open(LOG, options(two))) {
      assertThat(left.logId()).isNotEqualTo(right.logId());
      assertThat(left.lineages(A).getLast().id()).isNotEqualTo(right.lineages(A).getLast().id());
    }
  }

  @Test
  void aRestoreOfARestoreHasThreeLineages() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(5), 5)) {
      node.append(50);
      node.backup(disk);
      FaultyFiles files = restore(disk, 1, node.nowUs / 2 + 500_000);
      try (BackupFixture second = new BackupFixture(files, 6)) {
        second.nowUs = node.nowUs;
        second.append(50);
        FaultyFiles disk2 = new FaultyFiles(7);
        second.backup(disk2);
        FaultyFiles files3 = restore(disk2, 1, LogRestore.TO_THE_END);
        try (SegmentLog third = SegmentLog.open(LOG, options(files3))) {
          List<Lineage> lineages = third.lineages(A);
          assertThat(lineages).hasSize(3);
          assertThat(lineages.get(0).ordinal()).isEqualTo(1);
          assertThat(lineages.get(1).ordinal()).isBetween(2_000_000, 2_999_999);
          assertThat(lineages.get(2).ordinal()).isBetween(3_000_000, 3_999_999);
          assertThat(BackupFixture.events(third)).isEqualTo(second.events());
        }
      }
    }
  }

  @Test
  void aPartitionThatIsYoungerThanTheTimeIsKnownAndForked() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(6), 6)) {
      node.append(A, 2, 10);
      node.awaitDurable();
      long timeUs = node.nowUs;
      node.nowUs += 1_000_000;
      node.append(C, 2, 10);
      node.awaitDurable();
      node.backup(disk);
      FaultyFiles files = restore(disk, 1, timeUs);
      try (SegmentLog log = SegmentLog.open(LOG, options(files))) {
        assertThat(log.durableOffset(A)).isEqualTo(2);
        assertThat(log.durableOffset(C)).isZero();
        assertThat(log.lineages(C)).hasSize(2);
        assertThat(log.lineages(C).getLast().forkOffset()).isZero();
      }
    }
  }

  @Test
  void aPartitionThatIsNewInARestoredLogDoesNotBeginInTheFirstLineage() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(7), 7)) {
      node.append(A, 2, 10);
      node.awaitDurable();
      node.backup(disk);
      FaultyFiles files = restore(disk, 1, LogRestore.TO_THE_END);
      try (BackupFixture restored = new BackupFixture(files, 8)) {
        restored.nowUs = node.nowUs;
        restored.append(C, 1, 10);
        restored.awaitDurable();
        Lineage first = restored.log.lineages(C).getFirst();
        assertThat(first.ordinal()).isEqualTo(restored.log.lineages(A).getLast().ordinal());
        assertThat(first.parent()).isZero();
      }
    }
  }

  @Test
  void aFullDiskEndsARestoreWithTheReason() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(8), 8)) {
      node.append(60);
      node.backup(disk);
    }
    FaultyFiles full = new FaultyFiles(9);
    full.freeBytes(10_000);
    BackupReader reader = BackupReader.open(disk, BackupFixture.BACKUP);
    BackupManifest manifest = reader.manifest(null);
    assertThatThrownBy(
            () -> reader.restore(manifest, LogRestore.TO_THE_END, LOG, options(full), bytes -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no space left");
  }

  @Test
  void manifestsOfArchivingAreThinnedOutByAge() {
    ManifestThinning thinning = new ManifestThinning();
    long secondUs = 1_000_000;
    long kept = 0;
    for (int second = 0; second < 3 * 3600; second++) {
      thinning.add(second + 1, 1_700_000_000L * secondUs + second * secondUs, second != 10);
      kept += 1 - thinning.tooMany().size();
    }
    // 61 of the last minute, about 60 of the hour, 2 or 3 of the hours before, and the single run.
    assertThat(kept).isBetween(120L, 130L);
  }
}
