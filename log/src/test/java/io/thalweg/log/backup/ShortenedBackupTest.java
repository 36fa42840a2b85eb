package io.thalweg.log.backup;

import static io.thalweg.log.backup.BackupFixture.A;
import static io.thalweg.log.backup.BackupFixture.B;
import static io.thalweg.log.backup.BackupFixture.BACKUP;
import static io.thalweg.log.backup.BackupFixture.C;
import static io.thalweg.log.backup.BackupFixture.restored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.FaultyFiles;
import io.thalweg.log.LogCut;
import io.thalweg.log.LogFiles;
import io.thalweg.log.LogRestore;
import io.thalweg.log.PartitionId;
import io.thalweg.log.TrimRequest;
import io.thalweg.log.Trimmed;
import io.thalweg.log.backup.BackupFixture.Event;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Backups of logs whose first segments were removed, and what keeps segments from that. */
final class ShortenedBackupTest {
  private final FaultyFiles disk = new FaultyFiles(21);

  /** A node that keeps what a backup holds, and removes the rest of its old log. */
  private static final class Shortening implements BackupSource {
    private final BackupFixture node;
    private long held = Long.MAX_VALUE;
    private String name = "";

    private Shortening(BackupFixture node) {
      this.node = node;
    }

    Trimmed trim() {
      return node.log.trim(
          new TrimRequest(
              () -> List.of(new TrimRequest.Holder("reader '" + name + "'", held)),
              0,
              Long.MAX_VALUE));
    }

    BackupManifest backup(LogFiles to) throws IOException {
      try (BackupRun run =
          new BackupRun(to, BACKUP, this, BackupFixture.CHUNK_BYTES, BaseCheck.NONE, null)) {
        return run.run((at, of) -> {});
      }
    }

    @Override
    public BackupCut cut() throws IOException {
      return node.source().cut();
    }

    @Override
    public int read(BackupCut cut, long position, ByteBuffer into) throws IOException {
      return node.source().read(cut, position, into);
    }

    @Override
    public BackupBase base() throws IOException {
      BackupBase base = node.source().base();
      return new BackupBase(
          base.beginning(),
          base.earliestUs(),
          List.of(new BackupBase.Item("rows/0000000001/board-0.rows", 3000, "")));
    }

    @Override
    public int readBase(String file, long position, ByteBuffer into) {
      int count = Math.min(into.remaining(), 1000);
      for (int i = 0; i < count; i++) {
        into.put((byte) (position + i));
      }
      return count;
    }

    @Override
    public void hold(String holder, String note, UUID logId, long position) {
      assertThat(logId).isEqualTo(node.log.logId());
      name = holder;
      held = position;
    }

    @Override
    public void release(String holder) {
      assertThat(holder).isEqualTo(name);
      held = Long.MAX_VALUE;
    }
  }

  /** A node that has removed the segments of its first batches. */
  private static BackupFixture shortened(long seed) {
    BackupFixture node = new BackupFixture(new FaultyFiles(seed), seed);
    node.append(300);
    for (PartitionId id : List.of(A, B, C)) {
      node.append(id, 1, 10);
    }
    node.awaitDurable();
    assertThat(new Shortening(node).trim().segments()).isPositive();
    assertThat(node.log.cut().start()).isPositive();
    return node;
  }

  @Test
  void aLogThatWasShortenedIsBackedUpFromWhereItBegins() throws IOException {
    try (BackupFixture node = shortened(1)) {
      Shortening source = new Shortening(node);
      Map<PartitionId, List<Event>> first = node.events();
      BackupManifest made = source.backup(disk);
      BackupBase base = BackupReader.open(disk, BACKUP).base();
      assertThat(base).isNotNull();
      assertThat(base == null ? -1 : base.position()).isEqualTo(made.cut().log().start());
      BackupReader.open(disk, BACKUP).checkBaseFiles();
      assertThat(restored(disk, 1)).isEqualTo(first);
      // It goes on: only what is new is copied.
      node.append(40);
      Map<PartitionId, List<Event>> second = node.events();
      assertThat(source.backup(disk).number()).isEqualTo(2);
      assertThat(restored(disk, 2)).isEqualTo(second);
      assertThat(restored(disk, 1)).isEqualTo(first);
    }
  }

  @Test
  void aRestoredLogThatWasShortenedIsBackedUpAgain() throws IOException {
    FaultyFiles copy;
    Map<PartitionId, List<Event>> events;
    try (BackupFixture node = shortened(2)) {
      events = node.events();
      new Shortening(node).backup(disk);
      copy = BackupFixture.restore(disk, 1, LogRestore.TO_THE_END);
    }
    try (BackupFixture restored = new BackupFixture(copy, 3)) {
      assertThat(restored.log.cut().start()).isPositive();
      restored.nowUs = 60_000_000;
      restored.append(20);
      FaultyFiles again = new FaultyFiles(5);
      new Shortening(restored).backup(again);
      assertThat(restored(again, 1)).isEqualTo(restored.events());
      assertThat(restored.events().get(A)).containsAll(events.getOrDefault(A, List.of()));
    }
  }

  @Test
  void whatABackupHasNotCopiedYetIsNotRemoved() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(6), 6)) {
      Shortening source = new Shortening(node);
      node.append(20);
      LogCut first = source.backup(disk).cut().log();
      node.append(400);
      Trimmed trimmed = source.trim();
      assertThat(trimmed.held()).contains("reader 'backup-").contains("from position");
      assertThat(node.log.cut().start()).isLessThanOrEqualTo(first.position());
      Map<PartitionId, List<Event>> before = node.events();
      source.backup(disk);
      // What it has now may go, and it goes on behind that without a base.
      assertThat(source.trim().segments()).isPositive();
      node.append(30);
      source.backup(disk);
      assertThat(BackupReader.open(disk, BACKUP).base()).isNull();
      assertThat(restored(disk, 2)).isEqualTo(before);
      Map<PartitionId, List<Event>> third = restored(disk, 3);
      node.events().forEach((id, events) -> assertThat(third.get(id)).endsWith(array(events)));
      assertThat(third.get(A)).startsWith(array(before.getOrDefault(A, List.of())));
    }
  }

  private static Event[] array(List<Event> events) {
    return new ArrayList<>(events).toArray(Event[]::new);
  }

  @Test
  void aDirectoryWhoseClaimWasDroppedSaysThatWhatItLacksIsGone() throws IOException {
    try (BackupFixture node = new BackupFixture(new FaultyFiles(7), 7)) {
      Shortening source = new Shortening(node);
      node.append(20);
      source.backup(disk);
      source.held = Long.MAX_VALUE;
      node.append(400);
      assertThat(source.trim().segments()).isPositive();
      assertThatThrownBy(() -> source.backup(disk))
          .isInstanceOf(BackupException.class)
          .hasMessageContaining("the node has removed what was before")
          .hasMessageContaining("use another one");
      restored(disk, 1);
      assertThat(source.backup(new FaultyFiles(8)).number()).isEqualTo(1);
    }
  }

  @Test
  void aTimeBeforeTheBeginningIsRefusedAndTheEarliestIsNamed() throws IOException {
    try (BackupFixture node = shortened(9)) {
      new Shortening(node).backup(disk);
      BackupBase base = BackupReader.open(disk, BACKUP).base();
      long earliestUs = base == null ? 0 : base.earliestUs();
      assertThat(earliestUs).isPositive();
      assertThatThrownBy(() -> restored(disk, 1, earliestUs - 1))
          .hasMessageContaining(
              "the earliest time that can be restored to is " + Times.text(earliestUs));
      restored(disk, 1, earliestUs);
    }
  }

  @Test
  void aFirstBackupOfAShortenedLogThatLosesPowerAtAnyStepIsContinued() throws IOException {
    try (BackupFixture node = shortened(10)) {
      FaultyFiles trial = new FaultyFiles(0);
      new Shortening(node).backup(trial);
      assertThat(trial.steps()).isGreaterThan(20);
      for (int step = 0; step < trial.steps(); step++) {
        FaultyFiles backup = new FaultyFiles(step);
        backup.powerOffAtStep(step);
        Shortening source = new Shortening(node);
        assertThatThrownBy(() -> source.backup(backup)).isInstanceOf(IOException.class);
        backup.restart(FaultyFiles.Tear.RANDOM);
        // What it began to copy is still there, whoever cleans up meanwhile.
        source.trim();
        long number = source.backup(backup).number();
        BackupReader.open(backup, BACKUP).checkBaseFiles();
        assertThat(restored(backup, number)).as("step " + step).isEqualTo(node.events());
      }
    }
  }

  @Test
  void damageOfTheBaseIsTold() throws IOException {
    try (BackupFixture node = shortened(11)) {
      new Shortening(node).backup(disk);
      flip(BACKUP.resolve("base/rows/0000000001/board-0.rows"), 77);
      assertThatThrownBy(() -> BackupReader.open(disk, BACKUP).checkBaseFiles())
          .isInstanceOf(BackupException.class)
          .hasMessageContaining("board-0.rows does not have the SHA-256");
      flip(BACKUP.resolve("base/base.json"), 77);
      assertThatThrownBy(() -> restored(disk, 1))
          .isInstanceOf(BackupException.class)
          .hasMessageContaining("base.json is damaged");
    }
  }

  private void flip(Path file, int at) {
    byte[] bytes = disk.get(file);
    bytes[at] ^= 1;
    disk.put(file, bytes);
  }
}
