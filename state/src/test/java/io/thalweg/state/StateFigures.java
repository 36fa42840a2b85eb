package io.thalweg.state;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Prints the figures of the README. Not a test: run its main method, alone on the machine. */
public final class StateFigures {
  private static final PartitionScope SCOPE = new PartitionScope(1, 0, 65_536);

  private StateFigures() {}

  public static void main(String[] args) throws IOException {
    for (int round = 0; round < 3; round++) {
      for (int rows : new int[] {100_000, 1_000_000}) {
        treePuts(rows, round == 2);
      }
    }
    for (int round = 0; round < 2; round++) {
      Path directory = Files.createTempDirectory("thalweg-figures");
      try {
        partition(directory, 1_000_000, round == 1);
      } finally {
        StateModelTest.deleteTree(directory);
      }
    }
  }

  /** Processor time of this thread: others share the machine. */
  private static long cpuNs() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static void treePuts(int rows, boolean print) {
    byte[][] keys = new byte[rows][];
    Random random = new Random(1);
    for (int i = 0; i < rows; i++) {
      keys[i] = new byte[30];
      random.nextBytes(keys[i]);
      Arrays.fill(keys[i], 0, 13, (byte) 1);
    }
    byte[] value = new byte[20];
    CowTree tree = new CowTree();
    long startNs = cpuNs();
    for (byte[] key : keys) {
      tree.put(key, value);
    }
    long newNs = cpuNs();
    int updates = 1_000_000;
    for (int i = 0; i < updates; i++) {
      tree.put(keys[random.nextInt(rows)], value);
    }
    long updatedNs = cpuNs();
    long found = 0;
    for (int i = 0; i < updates; i++) {
      found += tree.get(keys[random.nextInt(rows)]) == null ? 0 : 1;
    }
    long readNs = cpuNs();
    if (print) {
      System.out.printf(
          "overlay tree of %,d random keys of 30 bytes: new key %d ns, update %d ns, get %d ns"
              + " (%d)%n",
          rows,
          (newNs - startNs) / rows,
          (updatedNs - newNs) / updates,
          (readNs - updatedNs) / updates,
          found);
    }
  }

  private static void partition(Path directory, int rows, boolean print) {
    StateOptions options = StateOptions.defaults();
    try (RocksStore store = RocksStore.open(directory, options)) {
      PartitionState state = PartitionState.open(store, SCOPE);
      Table<String, Long> table = table(state, null);
      state.enter(0, 0);
      String[] keys = new String[rows];
      for (int i = 0; i < rows; i++) {
        keys[i] = "board/member-" + Integer.toHexString(i * 0x9E3779B9);
      }
      long startNs = cpuNs();
      for (int i = 0; i < rows; i++) {
        state.savepoint();
        state.beginEvent();
        table.replace(keys[i], null, (long) i);
        state.endEvent();
        state.release();
        if (i % 100 == 99) {
          state.batchClosed(i + 1, new byte[64]);
          state.durable(i + 1);
        }
      }
      long writtenNs = cpuNs();
      state.flush();
      store.persist();
      Random random = new Random(2);
      int reads = 300_000;
      long readNs = cpuNs();
      for (int i = 0; i < reads; i++) {
        table.get(keys[random.nextInt(rows)]);
      }
      long doneNs = cpuNs();
      state.close();
      long[] count = new long[1];
      PartitionState again = PartitionState.open(store, SCOPE);
      table(again, (project, key, before, after) -> count[0]++);
      long loadNs = cpuNs();
      again.load(n -> {});
      long loadedNs = cpuNs();
      byte[] digest;
      try (StateView view = again.freeze()) {
        digest = view.digest();
      }
      long digestedNs = cpuNs();
      again.abandon();
      if (print) {
        System.out.printf(
            "put within a command, batches of 100, flushing beside: %d ns/row%n",
            (writtenNs - startNs) / rows);
        System.out.printf(
            "random get of %,d rows in the default budget: %d ns%n",
            rows, (doneNs - readNs) / reads);
        System.out.printf(
            "load of %,d rows: %d ms; digest: %d ms (%d bytes)%n",
            count[0],
            (loadedNs - loadNs) / 1_000_000,
            (digestedNs - loadedNs) / 1_000_000,
            digest.length);
      }
    }
  }

  private static Table<String, Long> table(
      PartitionState state, @Nullable RowListener<String, Long> listener) {
    return state.table(1, "scores", KeyCodecs.string(), ValueCodecs.int64(), listener);
  }
}
