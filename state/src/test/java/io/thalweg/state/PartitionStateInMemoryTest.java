package io.thalweg.state;

class PartitionStateInMemoryTest extends PartitionStateConformance {
  @Override
  Store open(StateOptions options) {
    return new MemoryStore(options);
  }
}
