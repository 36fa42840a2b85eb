package io.thalweg.crashtest;

import io.thalweg.log.LogCursor;
import io.thalweg.runtime.Slots;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RocksStore;
import io.thalweg.state.StateOptions;
import io.thalweg.state.StateView;
import io.thalweg.state.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What nodes that were stopped have stored: tables of the same offset are the same. */
final class ReplicaDigests {
  private ReplicaDigests() {}

  /**
   * What was compared.
   *
   * @param pairs of equal tables at the same offset, other than 0
   * @param differences between tables of the same offset
   */
  record Compared(int pairs, List<String> differences) {}

  /** Compares a service's tables in the directories of nodes. */
  static Compared compare(List<Path> directories, String service, int partitions) {
    int pairs = 0;
    List<String> differences = new ArrayList<>();
    Map<String, String> known = new TreeMap<>();
    for (Path directory : directories) {
      Path state = directory.resolve("state");
      if (!Files.isDirectory(state)) {
        continue;
      }
      try (Store store = RocksStore.open(state, StateOptions.defaults())) {
        for (int i = 0; i < partitions; i++) {
          String at = "";
          String digest = "";
          try (PartitionState partition =
              PartitionState.open(store, scope(service, i, partitions))) {
            byte[] cursor = partition.storedCursor();
            long offset = cursor == null ? 0 : LogCursor.decode(cursor).nextOffset();
            if (offset == 0) {
              continue;
            }
            partition.load(_ -> {});
            at = i + " at offset " + offset;
            try (StateView view = partition.freeze()) {
              digest = HexFormat.of().formatHex(view.digest());
            }
          }
          String other = known.putIfAbsent(at, digest);
          if (other == null) {
            continue;
          }
          if (other.equals(digest)) {
            pairs++;
          } else {
            differences.add("partition %s: %s, in %s %s".formatted(at, other, directory, digest));
          }
        }
      }
    }
    return new Compared(pairs, differences);
  }

  private static PartitionScope scope(String service, int index, int partitions) {
    return new PartitionScope(
        PartitionScope.serviceId(service),
        Slots.firstSlotOf(index, partitions),
        Slots.firstSlotOf(index + 1, partitions));
  }
}
