package io.thalweg.state;

/** Where rows are kept: RocksDB, or memory that is as deterministic as it (to be filled in). */
public interface Store extends AutoCloseable {
  @Override
  void close();
}
