package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.FaultyFiles;
import io.thalweg.log.LogCursor;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.checkpoint.CheckpointException;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.runtime.checkpoint.Pace;
import io.thalweg.runtime.checkpoint.RowFileReader;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.MemoryStore;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import io.thalweg.state.StateView;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Checkpoints on a disk that loses power, fails and fills up, at every step. */
class CheckpointCrashTest {
  private static final Path DIRECTORY = Path.of("/checkpoints");
  private static final UUID LOG = new UUID(1, 2);
  private static final PartitionId ID = new PartitionId("counter", 0);
  private static final PartitionScope SCOPE =
      new PartitionScope(PartitionScope.serviceId("counter"), 0, 65_536);

  /**
   * Three checkpoints of growing tables, the first of which is deleted; those that were told of.
   */
  private static int run(FaultyFiles files) {
    int published = 0;
    Checkpoints checkpoints = new Checkpoints(files, DIRECTORY);
    try (MemoryStore store = new MemoryStore();
        PartitionState state = PartitionState.open(store, SCOPE)) {
      Table<String, byte[]> table =
          state.table(1, "t", KeyCodecs.string(), ValueCodecs.bytes(), null);
      for (int i = 1; i <= 3; i++) {
        state.enter(0, 7);
        for (int row = 0; row < 40; row++) {
          state.beginEvent();
          table.put("k" + i + "-" + row, new byte[20_000]);
          state.endEvent();
        }
        LogCursor cursor = new LogCursor(LOG, i, 40L * i, 1, 1, i, i);
        state.batchClosed(cursor.nextOffset(), cursor.encode());
        state.durable(cursor.nextOffset());
        Checkpoints.Draft draft = checkpoints.begin(LOG, i);
        try (StateView view = state.freeze()) {
          draft.write(ID, SCOPE, view, cursor, Pace.FULL);
        }
        draft.publish(
            Checkpoint.Proof.READ_BACK, List.of(new Checkpoint.ServiceLevel("counter", 1, 1)));
        published = i;
        if (i == 2) {
          checkpoints.delete(checkpoints.list().getLast());
        }
      }
    }
    return published;
  }

  /** Whatever is listed is whole, what was told of is there, and the next one can be taken. */
  private static void check(FaultyFiles files, int published, String at) {
    Checkpoints checkpoints = new Checkpoints(files, DIRECTORY);
    List<Checkpoint> found = checkpoints.list();
    if (published > 0) {
      assertThat(found).as(at).isNotEmpty();
      assertThat(Integer.parseInt(found.getFirst().id())).as(at).isGreaterThanOrEqualTo(published);
    }
    for (Checkpoint each : found) {
      checkpoints.verify(each, Pace.FULL);
      assertThat(each.rows()).as(at).isEqualTo(40L * Integer.parseInt(each.id()));
    }
    Checkpoints.Draft draft = checkpoints.begin(LOG, 9);
    if (!found.isEmpty()) {
      assertThat(draft.id()).as(at).isGreaterThan(found.getFirst().id());
    }
    draft.discard();
    assertThat(files.files())
        .as(at)
        .allMatch(
            file -> found.stream().anyMatch(each -> file.startsWith(DIRECTORY.resolve(each.id()))));
  }

  @Test
  void powerLossAtAnyStepLeavesWholeCheckpointsOnly() {
    FaultyFiles whole = new FaultyFiles(0);
    assertThat(run(whole)).isEqualTo(3);
    int steps = whole.steps();
    check(whole, 3, "whole");
    for (int step = 0; step < steps; step++) {
      for (FaultyFiles.Tear tear : FaultyFiles.Tear.values()) {
        FaultyFiles files = new FaultyFiles(step);
        files.powerOffAtStep(step);
        assertThatThrownBy(() -> run(files)).isInstanceOf(CheckpointException.class);
        int published = publishedBefore(files.stepNames());
        files.powerOff();
        files.restart(tear);
        check(files, published, "step " + step + ", " + tear);
      }
    }
  }

  @Test
  void anErrorAtAnyStepLeavesWholeCheckpointsOnly() {
    FaultyFiles whole = new FaultyFiles(0);
    run(whole);
    for (int step = 0; step < whole.steps(); step++) {
      FaultyFiles files = new FaultyFiles(step);
      files.failAtStep(step);
      assertThatThrownBy(() -> run(files)).isInstanceOf(CheckpointException.class);
      check(files, publishedBefore(files.stepNames()), "step " + step);
    }
  }

  /**
   * How many were told of: a manifest's rename, and the directory's force after it, have passed.
   */
  private static int publishedBefore(List<String> steps) {
    int published = 0;
    for (int i = 0; i + 2 < steps.size(); i++) {
      if (steps.get(i).startsWith("rename") && steps.get(i + 1).startsWith("force directory")) {
        published++;
      }
    }
    return published;
  }

  @Test
  void bytesThatTheDiskChangesBeforeTheyAreReadBackAreNoCheckpoint() {
    FaultyFiles files = new FaultyFiles(1);
    Path file = DIRECTORY.resolve("0000000001/counter-0.rows");
    // The disk keeps something else than it was given.
    files.beforeForce(() -> {
      byte[] bytes = files.get(file);
      bytes[bytes.length / 2] ^= 1;
      files.put(file, bytes);
    });
    assertThatThrownBy(() -> run(files))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("counter-0.rows is damaged: the CRC32C");
    assertThat(new Checkpoints(files, DIRECTORY).list()).isEmpty();
  }

  @Test
  void theDigestIsThatOfTheView() {
    FaultyFiles files = new FaultyFiles(2);
    run(files);
    Checkpoints checkpoints = new Checkpoints(files, DIRECTORY);
    Checkpoint newest = checkpoints.list().getFirst();
    Checkpoint.Part part = newest.parts().getFirst();
    try (MemoryStore store = new MemoryStore();
        PartitionState state = PartitionState.open(store, SCOPE);
        RowFileReader rows = checkpoints.open(newest, part, Pace.FULL)) {
      assertThat(state.replaceRows(rows, part.offset(), part.cursor().encode())).isEqualTo(120);
      state.load(count -> {});
      try (StateView view = state.freeze()) {
        assertThat(HexFormat.of().formatHex(view.digest())).isEqualTo(part.digest());
        assertThat(view.cursor()).isEqualTo(part.cursor().encode());
      }
    }
  }
}
