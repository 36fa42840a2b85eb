package io.thalweg.state;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class PartitionStateInRocksTest extends PartitionStateConformance {
  @TempDir Path directory = Path.of("");

  @Override
  Store open(StateOptions options) {
    return RocksStore.open(directory, options);
  }
}
