package io.thalweg.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.LogCursor;
import io.thalweg.runtime.Slots;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RocksStore;
import io.thalweg.state.StateOptions;
import io.thalweg.state.StateView;
import io.thalweg.state.Store;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What nodes that were closed have stored. */
final class Tables {
  private Tables() {}

  /** Tables of the same offset are the same, and there are some to compare. */
  static void assertEqual(List<Path> directories, String service, int partitions) {
    Map<String, String> known = new TreeMap<>();
    int pairs = 0;
    for (Path directory : directories) {
      try (Store store = RocksStore.open(directory.resolve("state"), StateOptions.defaults())) {
        for (int i = 0; i < partitions; i++) {
          PartitionScope scope =
              new PartitionScope(
                  PartitionScope.serviceId(service),
                  Slots.firstSlotOf(i, partitions),
                  Slots.firstSlotOf(i + 1, partitions));
          try (PartitionState partition = PartitionState.open(store, scope)) {
            byte[] cursor = Objects.requireNonNull(partition.storedCursor());
            partition.load(_ -> {});
            String at = i + " at offset " + LogCursor.decode(cursor).nextOffset();
            try (StateView view = partition.freeze()) {
              String digest = HexFormat.of().formatHex(view.digest());
              String other = known.putIfAbsent(at, digest);
              if (other != null) {
                assertThat(digest).as("partition " + at + " in " + directory).isEqualTo(other);
                pairs++;
              }
            }
          }
        }
      }
    }
    assertThat(pairs).as("equal tables at the same offset").isPositive();
  }
}
